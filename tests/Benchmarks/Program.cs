using Integritet.Benchmarks.EventStore;

// One subcommand per part; each prints a table of ratios against baselines measured in the same run.
return args switch
{
    ["event-store", .. var rest] => await EventStoreBenchmarks.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Integritet.Benchmarks event-store [seconds per round] [rounds]");
    return 2;
}
