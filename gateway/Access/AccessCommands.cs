using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>Commands that change who may call.</summary>
public static class AccessCommands
{
    /// <summary>Runs a command, and answers once the directory shows the effect of one that was accepted.</summary>
    public static async Task<IResult> RunUntilShownAsync<TState>(
        this Commands commands, AccessFollower access, CommandContext command, Aggregate<TState> aggregate, string id, Func<TState, Decided> decide, Func<Answered<TState>, IResult> answer,
        Func<TState, AccessDirectory, bool> effect, bool isNew = false)
    {
        Answered<TState>? accepted = null;
        var result = await commands.RunAsync(command, aggregate, id, decide, answered => answer(accepted = answered), isNew: isNew);
        if (accepted is not null)
            await access.ShowingAsync(current => effect(accepted.State, current));
        return result;
    }
}
