using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.Watching;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Scale;

/// <summary>
/// The shipped exchange thread, listener and recorder in this process, with synthetic workers over TCP: what a step costs the server
/// alone. No actor takes part in a step, so none is here.
/// </summary>
public sealed class ScaleServer : IAsyncDisposable
{
    /// <summary>The coordinator's incarnation that the workers mean.</summary>
    public static readonly Incarnation Incarnation = new(1);

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    /// <summary>Synthetic workers beat never, and are late where they are many on few cores.</summary>
    private static readonly WorkerTimeouts Patient = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1), BackUp: false);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ScalePoint _point;
    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-scale-").FullName);
    private readonly Channel<ExchangeReport> _reports = Channel.CreateUnbounded<ExchangeReport>();
    private readonly RunRecorder _recorder;
    private readonly ExchangeThread _thread;
    private readonly DataListener _listener;
    private int _epoch;

    /// <summary>Listens on loopback.</summary>
    /// <param name="point">What will be measured.</param>
    /// <param name="secret">The workers' too.</param>
    public ScaleServer(ScalePoint point, string secret)
    {
        _point = point;
        var spec = point.Spec();
        _directory.Create();
        _recorder = new RunRecorder(spec, _directory, Incarnation);
        _thread = new ExchangeThread(
            spec, Incarnation, new ExchangeOptions(Patient) { CheckpointSteps = int.MaxValue }, report => _reports.Writer.TryWrite(report), _recorder,
            resumed: null, new CoordinatorMonitor(spec), new ExchangeWatch());
        _listener = new DataListener(IPAddress.Loopback, 0, SharedSecret.Key(secret), certificates: null, link => _thread.Post(link));
    }

    /// <summary>Where workers connect.</summary>
    public int Port => _listener.Port;

    /// <summary>Waits for the workers, trains for a second, and measures for as long as it was told.</summary>
    /// <param name="length">At least an epoch is measured.</param>
    /// <exception cref="UserErrorException">A worker was lost, or says nothing.</exception>
    public async Task<ScaleMeasurement> MeasureAsync(TimeSpan length)
    {
        var workers = new List<WorkerId>();
        while (workers.Count < _point.Workers) workers.Add((await NextAsync<ExchangeReport.Connected>()).Worker);
        _thread.Post(new ExchangeCommand.Deal(new Assignment(new Generation(1), workers)));
        _thread.Post(new ExchangeCommand.Initialise());
        await NextAsync<ExchangeReport.ModelReady>();
        _thread.Post(new ExchangeCommand.Train(++_epoch));
        var first = await AdvanceAsync(length < WarmUp ? length : WarmUp);
        var last = await AdvanceAsync(length);
        using var self = Process.GetCurrentProcess();
        return new ScaleMeasurement(
            _point.Workers, _point.Floats, last.Steps - first.Steps, (last.At - first.At).TotalSeconds, (last.Computed - first.Computed).TotalSeconds,
            (int)(self.PeakWorkingSet64 >> 20));
    }

    /// <summary>The workers' process has ended: whoever waits for them waits no more.</summary>
    /// <param name="reason">How.</param>
    public void WorkersEnded(string reason) => _reports.Writer.TryComplete(new UserErrorException($"the synthetic workers ended: {reason}"));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _thread.Dispose();
        await _recorder.DisposeAsync();
        Directory.Delete(_directory.Root, recursive: true);
    }

    /// <summary>Where the run is when it has gone on for so long, at its next word on it.</summary>
    private async Task<(int Steps, TimeSpan At, TimeSpan Computed)> AdvanceAsync(TimeSpan length)
    {
        for (var until = _clock.Elapsed + length; ;)
        {
            int steps;
            switch (await NextAsync<ExchangeReport>())
            {
                case ExchangeReport.Advanced advanced: steps = (_epoch - 1) * ScalePoint.StepsPerEpoch + advanced.StepsInEpoch; break;
                case ExchangeReport.EpochTrained:
                    steps = _epoch * ScalePoint.StepsPerEpoch;
                    _thread.Post(new ExchangeCommand.Train(++_epoch));
                    break;
                default: continue;
            }
            if (steps > 0 && _clock.Elapsed >= until) return (steps, _clock.Elapsed, Environment.CpuUsage.TotalTime);
        }
    }

    /// <summary>The next report of this kind; those before it are passed over.</summary>
    private async Task<T> NextAsync<T>() where T : ExchangeReport
    {
        while (true)
        {
            ExchangeReport report;
            try
            {
                report = await _reports.Reader.ReadAsync().AsTask().WaitAsync(AnswerLimit);
            }
            catch (TimeoutException e)
            {
                throw new UserErrorException($"{_point.Workers} synthetic workers have answered nothing for {AnswerLimit.TotalSeconds:0} s", cause: e);
            }
            catch (ChannelClosedException e) when (e.InnerException is UserErrorException ended)
            {
                throw ended;
            }
            switch (report)
            {
                case ExchangeReport.Broken broken: throw new UserErrorException(broken.Reason);
                case ExchangeReport.Disconnected lost: throw new UserErrorException($"synthetic {lost.Worker.Name} was lost: {lost.Reason}");
                case T wanted: return wanted;
            }
        }
    }
}
