using Microsoft.Extensions.Options;

namespace Integritet.Platform.PersonalData;

/// <summary>Configuration section <c>PersonalData</c>; validated at start.</summary>
public sealed class PersonalDataOptions
{
    /// <summary>File with the installation's pseudonym key: 32 random bytes in base64 (<c>openssl rand -base64 32</c>).</summary>
    public string PseudonymKeyFile { get; set; } = "";

    /// <summary>
    /// File with this service's key-encryption keys, one base64 line of 32 bytes each: the first wraps, the others only unwrap what was wrapped before
    /// <c>rotate-key-encryption-key</c> has run.
    /// </summary>
    public string KeyEncryptionKeyFile { get; set; } = "";

    /// <summary>The same lines by value (environment), where no file is mounted. Wins over the file.</summary>
    public string KeyEncryptionKey { get; set; } = "";

    /// <summary>Most data keys held in memory.</summary>
    public int MaxCachedKeys { get; set; } = 10_000;

    /// <summary>How long a replica may use a data key without asking the database again, in seconds: the bound within which a destruction is confirmed.</summary>
    public int KeyCacheSeconds { get; set; } = 10;

    /// <summary>How long the row of a destroyed key stays, without the key, in days: as long as a backup that still has it may be restored.</summary>
    public int KeepDestroyedKeyRowsDays { get; set; } = 90;
}

/// <summary>Says at start what is wrong with the keys, and what to do.</summary>
internal sealed class PersonalDataOptionsValidator : IValidateOptions<PersonalDataOptions>
{
    public ValidateOptionsResult Validate(string? name, PersonalDataOptions options)
    {
        var failures = new List<string>();
        if (options.MaxCachedKeys is < 1 or > 1_000_000)
            failures.Add("PersonalData__MaxCachedKeys is between 1 and 1000000.");
        if (options.KeyCacheSeconds is < 1 or > 3600)
            failures.Add("PersonalData__KeyCacheSeconds is between 1 and 3600.");
        if (options.KeepDestroyedKeyRowsDays is < 1 or > 3650)
            failures.Add("PersonalData__KeepDestroyedKeyRowsDays is between 1 and 3650.");
        Try(failures, () => KeyFiles.ReadPseudonymKey(options));
        Try(failures, () => KeyFiles.ReadKeyEncryptionKeys(options));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Try(List<string> failures, Action read)
    {
        try
        {
            read();
        }
        catch (OptionsValidationException e)
        {
            failures.AddRange(e.Failures);
        }
    }
}

/// <summary>Reads key material from where the options say.</summary>
internal static class KeyFiles
{
    private const int MaxBytes = 64 * 1024;

    public static byte[] ReadPseudonymKey(PersonalDataOptions options)
    {
        const string setting = "PersonalData__PseudonymKeyFile";
        var keys = Decode(ReadFile(options.PseudonymKeyFile, setting), setting);
        return keys is [var only] ? only : throw Fault($"{setting} holds exactly one key.");
    }

    public static IReadOnlyList<byte[]> ReadKeyEncryptionKeys(PersonalDataOptions options) =>
        options.KeyEncryptionKey.Length > 0
            ? Decode(options.KeyEncryptionKey, "PersonalData__KeyEncryptionKey")
            : Decode(ReadFile(options.KeyEncryptionKeyFile, "PersonalData__KeyEncryptionKeyFile"), "PersonalData__KeyEncryptionKeyFile");

    private static string ReadFile(string path, string setting)
    {
        if (path.Length == 0)
            throw Fault($"{setting} is not set: name a file with 32 random bytes in base64 (openssl rand -base64 32).");
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MaxBytes } ? File.ReadAllText(path) : throw Fault($"{setting}: '{path}' is not there, or is no key file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"{setting}: '{path}' cannot be read: {e.Message}");
        }
    }

    private static List<byte[]> Decode(string text, string setting)
    {
        var keys = new List<byte[]>();
        foreach (var line in text.Split(['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var key = new byte[32];
            if (!Convert.TryFromBase64String(line, key, out var written) || written != 32)
                throw Fault($"{setting}: every line is a key of 32 random bytes in base64 (openssl rand -base64 32).");
            keys.Add(key);
        }

        return keys.Count > 0 ? keys : throw Fault($"{setting} holds no key: write 32 random bytes in base64 (openssl rand -base64 32).");
    }

    private static OptionsValidationException Fault(string message) => new(nameof(PersonalDataOptions), typeof(PersonalDataOptions), [message]);
}
