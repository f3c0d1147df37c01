using Integritet.Benchmarks.EventStore;
using Integritet.Benchmarks.Gateway;
using Integritet.Benchmarks.Memory;
using Integritet.Benchmarks.Messaging;
using Integritet.Benchmarks.PolicyEngine;
using Integritet.Benchmarks.Retention;
using Integritet.Benchmarks.Simulation;

// One subcommand per part; each prints a table of ratios against baselines measured in the same run.
return args switch
{
    ["event-store", .. var rest] => await EventStoreBenchmarks.RunAsync(rest),
    ["gateway", .. var rest] => await GatewayBenchmarks.RunAsync(rest),
    ["policy-engine"] => await PolicyEngineBenchmarks.RunAsync(Console.Out),
    ["simulation", .. var rest] => await SimulationBenchmarks.RunAsync(rest),
    ["retention-runs", .. var rest] => await RunBenchmarks.RunAsync(rest),
    ["retention-replanning", .. var rest] => await ReplanningBenchmarks.RunAsync(rest),
    ["retention", .. var rest] => await ImportBenchmarks.RunAsync(rest),
    ["messaging", .. var rest] => await MessagingBenchmarks.RunAsync(rest),
    ["memory", .. var rest] => await MemoryBenchmarks.RunAsync(rest),
    ["bare-service", var port, var connectionString, var broker] => await BareService.RunAsync(port, connectionString, broker),
    ["bare-proxy", var port, var endpoint] => await Bare.RunProxyAsync(port, endpoint),
    ["bare-endpoint", var port, var connectionString] => await Bare.RunEndpointAsync(port, connectionString),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Integritet.Benchmarks event-store|gateway [seconds per round] [rounds], messaging [events] [rounds] [seconds], memory [minutes of soak], simulation [most decisions], retention [most holdings], retention-replanning [most holdings] [registrations a second] [state directory of an installation that runs], retention-runs [most holdings] [rounds], or policy-engine");
    return 2;
}
