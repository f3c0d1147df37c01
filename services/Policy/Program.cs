using Integritet.Policy;

await PolicyService.Build(args).RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
