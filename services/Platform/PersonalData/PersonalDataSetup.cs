using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.PersonalData;

/// <summary>Registers the keys, pseudonyms and the serializer of stored events.</summary>
public static class PersonalDataSetup
{
    /// <summary>Registers <see cref="InstallationSecret"/> and <see cref="Pseudonyms"/>; section <c>PersonalData</c>.</summary>
    public static IServiceCollection AddPersonalData(this IServiceCollection services, IConfigurationSection section)
    {
        services.AddOptions<PersonalDataOptions>().Bind(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PersonalDataOptions>, PersonalDataOptionsValidator>();
        services.AddSingleton(provider => new InstallationSecret(KeyFiles.ReadPseudonymKey(provider.GetRequiredService<IOptions<PersonalDataOptions>>().Value)));
        services.AddSingleton<Pseudonyms>();
        return services;
    }
}
