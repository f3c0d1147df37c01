namespace Integritet.Servers;

/// <summary>The checkout that the tests were built in.</summary>
public static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? directory)
    {
        for (; directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Microservices.sln")))
                return directory.FullName;
        throw new InvalidOperationException($"no Microservices.sln above {AppContext.BaseDirectory}");
    }
}
