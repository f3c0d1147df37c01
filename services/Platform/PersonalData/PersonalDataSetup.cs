using Integritet.Platform.EventStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Platform.PersonalData;

/// <summary>Registers keys, pseudonyms and the serializer of stored events.</summary>
public static class PersonalDataSetup
{
    /// <summary>The tables of this part.</summary>
    public static SchemaFiles Schema { get; } = new("personal-data", typeof(PersonalDataSetup).Assembly, "Integritet.Platform.PersonalData.Schema.");

    /// <summary>
    /// Registers <see cref="Pseudonyms"/>, <see cref="DataKeys"/> and <see cref="PersonalDataSerializer"/> with options from a configuration section. A KMS registers its own
    /// <see cref="IKeyEncryptionKey"/> before. Call it after <c>AddEventStore</c>, whose connections it uses.
    /// </summary>
    public static IServiceCollection AddPersonalData(this IServiceCollection services, IConfigurationSection section)
    {
        services.AddOptions<PersonalDataOptions>().Bind(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PersonalDataOptions>, PersonalDataOptionsValidator>();
        services.AddSingleton(provider => new InstallationSecret(KeyFiles.ReadPseudonymKey(provider.GetRequiredService<IOptions<PersonalDataOptions>>().Value)));
        services.AddSingleton<Pseudonyms>();
        services.TryAddSingleton<IKeyEncryptionKey>(provider => new LocalKeyEncryptionKeys(provider.GetRequiredService<IOptions<PersonalDataOptions>>()));
        services.AddSingleton<DataKeyCache>();
        services.AddSingleton(provider => new DataKeys(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IKeyEncryptionKey>(), provider.GetRequiredService<DataKeyCache>(), provider.GetRequiredService<TimeProvider>()));
        services.Replace(ServiceDescriptor.Singleton<IEventSerializer, PersonalDataSerializer>());
        services.AddSchemaFiles(Schema);
        services.AddHostedService<KeyKeeping>();
        return services;
    }
}
