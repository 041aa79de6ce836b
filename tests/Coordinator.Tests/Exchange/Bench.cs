using System.Net;
using System.Threading.Channels;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Coordinator.Watching;
using MiniBatch.Shared.Files;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>A real exchange thread behind a real listener, with the test in the actors' place.</summary>
internal sealed class Bench : IDisposable
{
    /// <summary>Far beyond what anything here takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FarAway = TimeSpan.FromMinutes(5);

    private readonly Channel<ExchangeReport> _reports = Channel.CreateUnbounded<ExchangeReport>();
    private readonly DataListener _listener;
    private readonly RunDirectory _directory;
    private readonly RunRecorder _recorder;
    private readonly RunSpec _spec;
    private long _generation;

    public Bench(
        RunSpec spec, TimeSpan? silence = null, TimeSpan? answer = null, string? tensorBoard = null, NodeCertificates? certificates = null,
        IFileSystem? disk = null, int backlogMax = RunBacklog.EntriesMaxDefault)
    {
        _spec = spec;
        _directory = new RunDirectory(Directory.CreateTempSubdirectory("minibatch-test-").FullName) { Files = disk ?? LocalFileSystem.Instance };
        _directory.Create();
        _recorder = new RunRecorder(spec, _directory, Specs.First)
        {
            BacklogMax = backlogMax,
            TensorBoard = tensorBoard is null ? null : new TensorBoardWriter(spec, tensorBoard, Specs.First, resumed: null, TimeProvider.System),
        };
        Thread = new ExchangeThread(
            spec, Specs.First, new ExchangeOptions(new WorkerTimeouts(silence ?? FarAway, answer ?? FarAway)) { KeepsGradients = tensorBoard is not null },
            report => _reports.Writer.TryWrite(report), _recorder, resumed: null, new CoordinatorMonitor(spec), Watch);
        _listener = new DataListener(
            IPAddress.Loopback, 0, FakeWorker.Secret, certificates, link => Thread.Post(link));
    }

    public ExchangeThread Thread { get; }

    public ExchangeWatch Watch { get; } = new();

    public int Port => _listener.Port;

    /// <summary>Connects a worker and waits until the exchange has told of it.</summary>
    public async Task<FakeWorker> Connect(string name, int parameterCount = 37, TlsFiles? tls = null)
    {
        var worker = await Task.Run(() => new FakeWorker(_spec, name, Port, parameterCount, tls: tls));
        await Until<ExchangeReport.Connected>(report => report.Worker == worker.Id);
        return worker;
    }

    /// <summary>Connects a worker that shares memory and waits until the exchange has told of it.</summary>
    public async Task<FakeWorker> Share(string name, int parameterCount = 37, int? sharedFloats = null)
    {
        var worker = await Task.Run(() => new FakeWorker(_spec, name, _listener.SocketPath, parameterCount, sharedFloats));
        await Until<ExchangeReport.Connected>(report => report.Worker == worker.Id);
        return worker;
    }

    public void Deal(params FakeWorker[] workers) => Thread.Post(
        new ExchangeCommand.Deal(new Assignment(new Generation(++_generation), [.. workers.Select(worker => worker.Id)])));

    /// <summary>The next report that fits; those before it are passed over, a broken run fails the test.</summary>
    public async Task<T> Until<T>(Func<T, bool>? fits = null) where T : ExchangeReport
    {
        while (true)
        {
            var report = await _reports.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            if (report is T typed && fits?.Invoke(typed) != false) return typed;
            if (report is ExchangeReport.Broken broken) Assert.Fail(broken.Reason);
        }
    }

    public async Task Initialise()
    {
        Thread.Post(new ExchangeCommand.Initialise());
        await Until<ExchangeReport.ModelReady>();
    }

    /// <summary>By that worker, which does not work yet.</summary>
    public async Task Initialise(FakeWorker by)
    {
        Thread.Post(new ExchangeCommand.Initialise());
        await Task.Run(by.Initialise);
        await Until<ExchangeReport.ModelReady>();
    }

    public void Train(int epoch) => Thread.Post(new ExchangeCommand.Train(epoch));

    /// <summary>Trains and evaluates all epochs from the given one on, and tells what came of it.</summary>
    public async Task<string> ToTheEnd(int fromEpoch = 1)
    {
        for (var epoch = fromEpoch; epoch <= _spec.Epochs; epoch++)
        {
            Train(epoch);
            await Until<ExchangeReport.EpochTrained>();
            Thread.Post(new ExchangeCommand.Evaluate());
            await Until<ExchangeReport.Evaluated>();
        }
        return await ParametersSha256();
    }

    public async Task<string> ParametersSha256()
    {
        Thread.Post(new ExchangeCommand.TakeSnapshot());
        return ParameterHash.Sha256OfFloats((await Until<ExchangeReport.Snapshot>()).Model.Values);
    }

    /// <summary>Ends the recording, and reads what it wrote of all committed steps.</summary>
    public async Task<IReadOnlyList<LedgerLine>> Ledger()
    {
        await _recorder.DisposeAsync();
        var chain = LedgerCodec.ChainStart;
        var lines = new List<LedgerLine>();
        foreach (var text in File.ReadLines(_directory.Ledger))
        {
            (var line, chain) = LedgerCodec.Read(System.Text.Encoding.UTF8.GetBytes(text), chain);
            lines.Add(line);
        }
        return lines;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Thread.Dispose();
        _recorder.DisposeAsync().AsTask().Wait(Limit);
        Directory.Delete(_directory.Root, recursive: true);
    }
}
