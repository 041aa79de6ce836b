using System.Text.Json;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests;

/// <summary>
/// The real exchange core with imaginary workers, in one thread. A worker's gradient is a formula of the version it holds
/// and of its samples; who answers next is drawn from a seed, so orders, deaths and copies can be had at will.
/// </summary>
internal sealed class ImaginaryCluster
{
    private const int ParameterCount = 37;   // no multiple of any vector's width

    /// <summary>What making an update takes.</summary>
    public static readonly TimeSpan ApplyTime = TimeSpan.FromMicroseconds(20);

    private readonly RunSpec _spec;
    private readonly Random _random;
    private readonly ExchangeCore _core;
    private readonly List<ExchangeAction> _actions = [];
    private readonly List<(WorkerId Worker, Action Answer)> _pending = [];
    private readonly List<(WorkerId Worker, Action Answer)> _frozen = [];
    private readonly Dictionary<WorkerId, float[]> _held = [];
    private readonly List<WorkerId> _alive = [];
    private readonly HashSet<WorkerId> _cut = [];   // what is sent to them arrives nowhere
    private readonly RunPosition? _from;
    private long _generation;
    private bool _crashed;
    private TimeSpan _now;

    public ImaginaryCluster(RunSpec spec, int seed, params string[] workers) : this(spec, seed, WorkerTimeouts.For(spec), workers)
    {
    }

    public ImaginaryCluster(RunSpec spec, int seed, WorkerTimeouts timeouts, params string[] workers) : this(spec, seed, new ExchangeOptions(timeouts), workers)
    {
    }

    public ImaginaryCluster(RunSpec spec, int seed, ExchangeOptions options, params string[] workers)
    {
        _spec = spec;
        _random = new Random(seed);
        _core = new ExchangeCore(spec, Specs.First, options);
        foreach (var worker in workers) Join(worker);
    }

    /// <summary>A new coordinator's core that goes on from what an earlier one wrote down.</summary>
    public ImaginaryCluster(RunSpec spec, int seed, ExchangeAction.Save from, params string[] workers) : this(spec, seed, workers)
    {
        _core.Restore(from.Model, from.Position);
        _from = from.Position;
    }

    public List<ExchangeAction.Save> Saves { get; } = [];

    public List<CommittedStep> Ledger { get; } = [];

    public List<ExchangeReport> Reports { get; } = [];

    public ExchangeCounters Counters => _core.Counters;

    public int DroppedConnections { get; private set; }

    /// <summary>Share of answers that come twice, the copy later.</summary>
    public double Copies { get; init; }

    /// <summary>Whether the gradient of a (step, slot) is not finite.</summary>
    public Func<long, int, bool> IsBroken { get; init; } = (_, _) => false;

    /// <summary>Called before every answer.</summary>
    public Action<ImaginaryCluster>? BeforeAnswer { get; set; }

    /// <summary>Called once when no answer is under way although work may be open.</summary>
    public Action<ImaginaryCluster>? WhenStuck { get; set; }

    public StepThrottle Throttle => _core.Throttle;

    public TimeSpan? HeldUntil => _core.HeldUntil;

    public ExchangeView View => _core.View(_now);

    /// <summary>Orders to put samples through the model, as they were sent.</summary>
    public List<ExchangeAction.SendForward> Forwards { get; } = [];

    public bool AskForward(long request) => _core.AskForward(request, 1, [1], _actions);

    public string Work => _core.Work;

    public long Version => _core.Model?.Version ?? 0;

    public string ParametersSha256 => ParameterHash.Sha256OfFloats(_core.Model!.Frame.Floats);

    public void Join(string name)
    {
        var worker = Specs.Worker(name);
        _alive.Add(worker);
        _core.Connected(worker, _actions);
        Deal();
    }

    public bool IsAlive(string name) => _alive.Contains(Specs.Worker(name));

    /// <summary>Cuts the connection; what the worker was computing is lost.</summary>
    public void Kill(string name)
    {
        var worker = Specs.Worker(name);
        _alive.Remove(worker);
        _held.Remove(worker);
        _pending.RemoveAll(answer => answer.Worker == worker);
        _core.Disconnected(worker, "killed", _actions);
        Deal();
    }

    /// <summary>Cuts the connection as <see cref="Kill"/> does, and the coordinator has not heard of it yet.</summary>
    public void Cut(string name)
    {
        var worker = Specs.Worker(name);
        _held.Remove(worker);
        _pending.RemoveAll(answer => answer.Worker == worker);
        _cut.Add(worker);
        _core.Disconnected(worker, "cut", _actions);
    }

    /// <summary>The worker that was cut off is back, and the coordinator hears of both: it deals without it, then with it.</summary>
    public void Reconnect(string name)
    {
        var worker = Specs.Worker(name);
        _cut.Remove(worker);
        _core.Connected(worker, _actions);
        _alive.Remove(worker);
        Deal();
        _alive.Add(worker);
        Deal();
    }

    /// <summary>Takes a worker's slots away although its connection stands; what it was computing still arrives.</summary>
    public void Suspect(string name)
    {
        _alive.Remove(Specs.Worker(name));
        Deal();
    }

    public void OfferRaw(string from, SlotGradient header) => Offer(Specs.Worker(from), header, new float[ParameterCount]);

    /// <summary>Writes the current version down, as the core does by itself every so many steps.</summary>
    public void SaveNow() => _core.Save(_actions);

    /// <summary>The coordinator dies: nothing more is decided or written.</summary>
    public void Crash()
    {
        _crashed = true;
        _pending.Clear();
    }

    /// <summary>So much time passes without an answer.</summary>
    public void Pass(TimeSpan time)
    {
        _now += time;
        foreach (var worker in _alive) _core.Heard(worker, _actions);
        _core.Tick(_now, _actions);
        Perform();
    }

    /// <summary>So much time passes in which the coordinator does nothing; it looks at the clock before it has heard anybody.</summary>
    public void StandStill(TimeSpan time)
    {
        _now += time;
        _core.Tick(_now, _actions);
        Perform();
    }

    /// <summary>What a worker computes now takes for ever, or until <see cref="Thaw"/>; its connection stands.</summary>
    public void Freeze(string name)
    {
        _frozen.AddRange(_pending.Where(answer => answer.Worker == Specs.Worker(name)));
        _pending.RemoveAll(answer => answer.Worker == Specs.Worker(name));
    }

    /// <summary>What was frozen is answered after all.</summary>
    public void Thaw()
    {
        _pending.AddRange(_frozen);
        _frozen.Clear();
    }

    /// <summary>Initialises or goes on, then trains and evaluates epoch after epoch.</summary>
    public ImaginaryCluster Run()
    {
        if (_from is null) _core.Initialise(_actions);
        Settle();
        var first = _from is null || _from.Epoch == 0 ? 1 : _from.StepsInEpoch < _spec.StepsPerEpoch ? _from.Epoch : _from.Epoch + 1;
        for (var epoch = first; epoch <= _spec.Epochs && !_crashed && !Reports.OfType<ExchangeReport.Broken>().Any(); epoch++)
        {
            _core.Train(epoch, _now, _actions);
            Settle();
            if (_crashed || Reports.OfType<ExchangeReport.Broken>().Any()) break;
            _core.Evaluate(_actions);
            Settle();
        }
        return this;
    }

    private void Deal() => _core.Assign(new Assignment(new Generation(++_generation), [.. _alive]), _actions);

    private void Settle()
    {
        Perform();
        while (true)
        {
            if (_pending.Count == 0)
            {
                WhenStuck?.Invoke(this);
                Perform();
                if (_pending.Count == 0) return;
            }
            BeforeAnswer?.Invoke(this);
            Perform();
            if (_pending.Count == 0) continue;
            var next = _random.Next(_pending.Count);
            var (worker, answer) = _pending[next];
            _pending.RemoveAt(next);
            _now += TimeSpan.FromMilliseconds(1);
            answer();
            if (_random.NextDouble() < Copies) _pending.Add((worker, answer));
            Perform();
        }
    }

    private void Perform()
    {
        if (_crashed) _actions.Clear();
        for (var i = 0; i < _actions.Count; i++)
        {
            switch (_actions[i])
            {
                case ExchangeAction.SendInitialise send: _pending.Add((send.To, () => AnswerInitialise(send.To))); break;
                case ExchangeAction.SendStep send when _cut.Contains(send.To): break;
                case ExchangeAction.SendEvaluation send when _cut.Contains(send.To): break;
                case ExchangeAction.SendStep send:
                    Hold(send.To, send.WithVersion);
                    foreach (var slot in send.Order.Slots.Items) _pending.Add((send.To, AnswerSlot(send.To, send.Order, slot)));
                    break;
                case ExchangeAction.SendEvaluation send:
                    Hold(send.To, send.WithVersion);
                    foreach (var block in send.Order.Blocks.Items) _pending.Add((send.To, AnswerBlock(send.To, send.Order, block)));
                    break;
                case ExchangeAction.SendForward send:
                    Hold(send.To, send.WithVersion);
                    Forwards.Add(send);
                    break;
                case ExchangeAction.Save save: Saves.Add(save); break;
                case ExchangeAction.Record record: Ledger.Add(_core.Summed(record.Step)); break;
                case ExchangeAction.Report report: Reports.Add(report.What); break;
                case ExchangeAction.Drop: DroppedConnections++; break;
            }
        }
        _actions.Clear();
    }

    private void Hold(WorkerId worker, bool withVersion)
    {
        if (withVersion) _held[worker] = _core.Model!.Frame.Floats.ToArray();
    }

    private void AnswerInitialise(WorkerId worker)
    {
        var layout = new ModelLayout([new TensorLayout("w", [ParameterCount])], [], []);
        var values = Enumerable.Range(0, ParameterCount).Select(i => MathF.Sin(i + (int)_spec.Seed)).ToArray();
        _held[worker] = values;
        _core.OfferModel(
            worker, new ModelInitialised(Specs.First, JsonSerializer.Serialize(layout, Json.Compact), ParameterHash.Sha256OfFloats(values)),
            values, _actions);
    }

    private Action AnswerSlot(WorkerId worker, StepOrder order, int slot)
    {
        var held = _held[worker];   // as of now: an answer computed from a version stays that version's
        return () =>
        {
            var samples = _spec.PlanOf(order.Epoch).SlotSamples(order.StepInEpoch, slot);
            var gradient = new float[ParameterCount];
            foreach (var sample in samples)
            {
                for (var i = 0; i < gradient.Length; i++) gradient[i] += MathF.Cos(sample * 0.37f + i) * held[i] + 0.01f * sample;
            }
            for (var i = 0; i < gradient.Length; i++) gradient[i] /= samples.Length;
            if (IsBroken(order.Step, slot)) gradient[5] = float.NaN;
            var crc = (uint)(samples[0] * 1000 + samples[^1]);
            Offer(worker, new SlotGradient(Specs.First, order.Step, slot, order.Version, samples.Length, gradient[0], 0, crc, 1), gradient);
        };
    }

    private void Offer(WorkerId from, SlotGradient header, float[] gradient)
    {
        _core.OfferGradient(from, header, gradient, _now, _actions);
        if (_core.IsApplied) _core.Commit(_now += ApplyTime, _actions);
    }

    private Action AnswerBlock(WorkerId worker, EvaluationOrder order, int block)
    {
        var held = _held[worker];
        return () => _core.OfferBlock(
            worker, new BlockResult(Specs.First, order.Version, block, Math.Min(1000, _spec.TestCount - block * 1000), held[block], block + 1), _actions);
    }
}
