using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Runs;

/// <summary>How gradients become updates, and how old the version may be that a gradient was computed from.</summary>
/// <remarks>
/// <see cref="Synchronous"/> guarantees the bits. The other two guarantee the accounting: every slot of the plan is applied
/// once, by an update of its own, in the order in which gradients arrive. Sources: Dean et al., NIPS 2012 (asynchronous SGD
/// with a parameter server); Ho et al., NIPS 2013 (bounded staleness).
/// </remarks>
[JsonConverter(typeof(UpdateModeConverter))]
public readonly record struct UpdateMode
{
    private readonly Kind _kind;
    private readonly int _stepsBehindMax;

    private enum Kind { Synchronous, Bounded, Asynchronous }

    private UpdateMode(Kind kind, int stepsBehindMax = 0) => (_kind, _stepsBehindMax) = (kind, stepsBehindMax);

    /// <summary>One update a step, of the average of its slots in slot order, from the version of the step before.</summary>
    public static UpdateMode Synchronous => default;

    /// <summary>An update a slot, on arrival, however old its version is.</summary>
    public static UpdateMode Asynchronous => new(Kind.Asynchronous);

    /// <summary>
    /// An update a slot, on arrival; a slot of step t is computed from a version that contains all slots of steps
    /// ≤ t − 1 − S.
    /// </summary>
    /// <param name="stepsBehindMax">S ≥ 0.</param>
    public static UpdateMode Bounded(int stepsBehindMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepsBehindMax);
        return new UpdateMode(Kind.Bounded, stepsBehindMax);
    }

    /// <summary>Whether the law of a synchronous run holds.</summary>
    public bool IsSynchronous => _kind == Kind.Synchronous;

    /// <summary>S of <see cref="Bounded"/>; as many as an epoch can have where there is no bound.</summary>
    public int StepsBehindMax => _kind == Kind.Asynchronous ? int.MaxValue : _stepsBehindMax;

    /// <summary>Slots that can be computed at the same time: the workers beyond stand by.</summary>
    /// <param name="slots">M.</param>
    public int ParallelSlotsMax(int slots) =>
        IsSynchronous ? slots : (int)Math.Min(int.MaxValue, (StepsBehindMax + 1L) * slots);

    /// <summary>Updates that one step of the plan makes.</summary>
    /// <param name="slots">M.</param>
    public int UpdatesPerStep(int slots) => IsSynchronous ? 1 : slots;

    /// <summary>Reads <c>sync</c>, <c>async</c> or <c>bounded:S</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UpdateMode mode)
    {
        mode = default;
        switch (text)
        {
            case "sync":
                return true;
            case "async":
                mode = Asynchronous;
                return true;
            default:
                const string prefix = "bounded:";
                if (text?.StartsWith(prefix, StringComparison.Ordinal) != true
                    || !int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var steps)) return false;
                mode = Bounded(steps);
                return true;
        }
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Synchronous => "sync",
        Kind.Asynchronous => "async",
        _ => string.Create(CultureInfo.InvariantCulture, $"bounded:{_stepsBehindMax}"),
    };

    private sealed class UpdateModeConverter : JsonConverter<UpdateMode>
    {
        public override UpdateMode Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            TryParse(reader.GetString(), out var mode) ? mode : throw new JsonException("a mode is sync, async or bounded:S");

        public override void Write(Utf8JsonWriter writer, UpdateMode value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}

/// <summary>What becomes of a gradient or loss that is not finite.</summary>
public enum NonFinitePolicy
{
    /// <summary>The run ends; nothing of the step was applied.</summary>
    Stop,

    /// <summary>The step (in asynchronous modes: the slot) is left out, and the ledger says so.</summary>
    Skip,
}
