using MiniBatch.Shared.Logging;

namespace MiniBatch.Simulation;

/// <summary>What has occurred in simulated runs: decisions of the cores with what they are logged as, faults, refusals.</summary>
public sealed class Coverage
{
    private readonly Dictionary<(Type Type, NodeEvent? Event), long> _decisions = [];
    private readonly Dictionary<string, long> _others = [];

    /// <summary>A core decided something.</summary>
    internal void Count(object decision, NodeEvent? logged = null)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_decisions, (decision.GetType(), logged), out _);
        count++;
    }

    /// <summary>Something else occurred.</summary>
    internal void Count(string what)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_others, what, out _);
        count++;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(Coverage other)
    {
        foreach (var (key, count) in other._decisions) _decisions[key] = _decisions.GetValueOrDefault(key) + count;
        foreach (var (key, count) in other._others) _others[key] = _others.GetValueOrDefault(key) + count;
    }

    /// <summary>Whether a kind of decision, a fault or anything else has occurred.</summary>
    public bool Has(string what) => Lines().Any(line => line.What == what || line.What.StartsWith(what + " (", StringComparison.Ordinal));

    /// <summary>All that has occurred, by name: "Decision.Deal (worker-lost)".</summary>
    public IEnumerable<(string What, long Count)> Lines() => _decisions
        .Select(entry => (NameOf(entry.Key.Type) + (entry.Key.Event is { } logged ? $" ({logged.Name})" : ""), entry.Value))
        .Concat(_others.Select(entry => (entry.Key, entry.Value)))
        .OrderBy(line => line.Item1, StringComparer.Ordinal);

    /// <summary>"Decision.Deal".</summary>
    public static string NameOf(Type type) => type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;
}
