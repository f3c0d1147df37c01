using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Retention.Agreements;
using Integritet.Retention.Consents;
using Integritet.Retention.Holdings;
using Integritet.Retention.Imports;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Planning;
using Integritet.Retention.Plans;
using Integritet.Retention.ProcessingRecord;
using Integritet.Retention.Runs;
using Integritet.Retention.Subjects;
using Integritet.Retention.Systems;
using Integritet.Retention.Triggers;
using Microsoft.Extensions.Options;

namespace Integritet.Retention;

/// <summary>What the service is put together from, beside its endpoints.</summary>
public static class RetentionParts
{
    /// <summary>The read models, in the order in which one may rest on another.</summary>
    public static IReadOnlyList<InlineProjection> Projections { get; } =
    [
        ReceivedPolicies.Projection, TriggerRows.Projection, AgreementRows.Projection, ReceivedSystems.Projection, SubjectLinks.Projection, ReceivedConsents.Projection, HoldingRows.Projection, HoldingImports.Projection, LegalHoldRegister.Projection, PreservationCases.Projection, PreservationCases.SubjectsProjection, InstructionRegister.Projection,
        RunRegister.Projection,
    ];

    /// <summary>Holdings and plans, without what keeps the plans up to date.</summary>
    public static IServiceCollection AddPlans(this IServiceCollection services) => services
        .AddSchemaFiles(PlanningSchema.Files)
        .AddSingleton<SystemRegister>()
        .AddSingleton<FactReader>()
        .AddSingleton<HoldingImporter>()
        .AddSingleton<FactChanges>()
        .AddSingleton<PlanUpdates>()
        .AddSingleton<PlanningSweep>()
        .AddSingleton<CurrentPlans>();

    /// <summary>Runs and instructions, without the leader that keeps them going.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services) => services
        .AddDeadlines()
        .AddSchemaFiles(RunPages.Files)
        .AddSingleton<Turns>()
        .AddSingleton<KnownCases>()
        .AddSingleton<RecallHeld>()
        .AddSingleton<CaseHoldList>()
        .AddSingleton<InstructionList>()
        .AddSingleton<AtOnce>()
        .AddSingleton<Moving>()
        .AddSingleton<FollowUp>()
        .AddSingleton<Overdue>()
        .AddSingleton<HeldFigures>()
        .AddSingleton<RunPages>()
        .AddSingleton<RunRegister>()
        .AddSingleton<RunPlanner>()
        .AddSingleton<ExecuteRuns>()
        .AddSingleton<ScheduleRuns>();

    private static IServiceCollection AddDeadlines(this IServiceCollection services)
    {
        services.AddOptions<Deadlines>().BindConfiguration(nameof(Deadlines)).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<Deadlines>, DeadlinesCheck>().AddSingleton(provider => provider.GetRequiredService<IOptions<Deadlines>>().Value);
    }
}
