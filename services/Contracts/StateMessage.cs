namespace Integritet.Contracts;

/// <summary>
/// What every message between services carries: state, and the (source stream, version) it is the state of. A consumer stores it only if it is newer, so reordering, duplicates and
/// replayed dead letters are harmless. Ids and pseudonyms only: no personal field ever travels in a contract.
/// </summary>
public interface IStateMessage
{
    /// <summary>The controller (tenant) it is about.</summary>
    string Controller { get; }

    /// <summary>Name of the publishing service.</summary>
    string Source { get; }

    /// <summary>The stream in the publishing service whose state this is.</summary>
    string SourceStream { get; }

    /// <summary>The version of that stream.</summary>
    long SourceVersion { get; }

    /// <summary>Position of the event in the publishing service's log.</summary>
    long SourcePosition { get; }
}
