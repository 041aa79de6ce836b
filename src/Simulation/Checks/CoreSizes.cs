using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using MiniBatch.Simulation.Nodes;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Checks;

/// <summary>What the cores keep: whatever happens, it is bounded by the shape of the run, and does not grow with what happened.</summary>
internal static class CoreSizes
{
    /// <summary>Looked at in one run of so many: reflection is slow.</summary>
    private const int OneOf = 32;

    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = [];

    public static void RequireBounded(SimulatedCluster cluster)
    {
        if (cluster.Schedule.Seed % OneOf != 0) return;
        var spec = cluster.Schedule.Spec;
        // Everybody's entries, an epoch's slots, windows of 64 and a histogram of 1,024.
        var limit = 64 * (cluster.Schedule.Workers + 8) + 4 * spec.StepsPerEpoch * spec.Slots + spec.TrainCount + 2000;
        if (cluster.Current?.Shell is { } coordinator)
        {
            Require(coordinator.Core, limit);
            Require(coordinator.Exchange.Core, limit);
        }
        foreach (var worker in cluster.Workers)
        {
            if (worker.CurrentSystem is { } system) Require(system.Core, limit);
        }
        if (cluster.Supervisor is { } supervisor) Require(supervisor.Core, limit);
    }

    private static void Require(object core, int limit)
    {
        var size = SizeOf(core, new HashSet<object>(ReferenceEqualityComparer.Instance), 0);
        if (size > limit) throw new InvariantException($"{core.GetType().Name} keeps {size} things; {limit} are what the run's shape asks for");
    }

    /// <summary>Elements of all collections that can be reached from an object of ours.</summary>
    private static int SizeOf(object? value, HashSet<object> seen, int depth)
    {
        if (value is null or string or Type or Delegate || depth > 12) return 0;
        var type = value.GetType();
        if (type.IsPrimitive || type.IsEnum) return 0;
        if (!type.IsValueType && !seen.Add(value)) return 0;
        var size = 0;
        if (value is IEnumerable elements && type.Namespace?.StartsWith("MiniBatch", StringComparison.Ordinal) != true)
        {
            var isPlain = type.IsArray && type.GetElementType()!.IsPrimitive;
            if (isPlain) return 1;   // a vector of the model, or of the plan
            foreach (var element in elements) size += 1 + SizeOf(element, seen, depth + 1);
            return size;
        }
        if (type.Namespace?.StartsWith("MiniBatch", StringComparison.Ordinal) != true && !type.IsGenericType) return 0;
        if (!Fields.TryGetValue(type, out var fields))
            Fields[type] = fields = [.. Hierarchy(type).SelectMany(t => t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Where(field => !field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)];
        foreach (var field in fields) size += SizeOf(field.GetValue(value), seen, depth + 1);
        return size;
    }

    private static IEnumerable<Type> Hierarchy(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType) yield return type;
    }
}
