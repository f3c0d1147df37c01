using Integritet.Policy;
using Integritet.Policy.Checking;

if (args is ["check", .. var files])
    return await CheckFiles.RunAsync(files, Console.Out, Console.Error);
if (args is ["schema"])
{
    await Console.Out.WriteAsync(PolicySchema.Text);
    return 0;
}
if (args is ["notice", .. var words])
    return await PreviewNotice.RunAsync(words, TimeProvider.System, Console.Out, Console.Error);

await PolicyService.Build(args).RunAsync();
return 0;

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
