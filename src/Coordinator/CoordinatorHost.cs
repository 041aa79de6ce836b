using System.Net;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.KubeflowTrainer;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Coordinator.Watching;
using MiniBatch.Hosting;
using MiniBatch.LivePage;
using MiniBatch.LivePage.Model;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using Spectre.Console;

namespace MiniBatch.Coordinator;

/// <summary>Everything a coordinator process was told.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Node">Where to listen.</param>
/// <param name="DataPort">Port of the data plane; 0 for any.</param>
/// <param name="Directory">The run directory.</param>
/// <param name="Membership">Limits of waiting.</param>
/// <param name="Resume">Whether to go on with the run that the directory holds.</param>
/// <param name="Point">What a new run starts from, where that is not its seed's version 0.</param>
/// <param name="Stay">Whether it stays when the run is complete, until SIGTERM.</param>
/// <param name="Exchange">What of the exchange was chosen.</param>
/// <param name="CheckpointsKept">Of the newest, ≥ 1.</param>
/// <param name="TensorBoard">Where to write event files for TensorBoard, a folder a run; null for nowhere.</param>
/// <param name="Http">Where to serve health and metrics; null for nowhere.</param>
/// <param name="Log">What standard output has of the log.</param>
/// <param name="Supervisor">Socket of the supervisor that wants to be shown the run; null where there is none.</param>
public sealed record CoordinatorOptions(
    RunSpec Spec, NodeOptions Node, int DataPort, RunDirectory Directory, MembershipOptions Membership, bool Resume, StartingPoint? Point, bool Stay, ExchangeOptions Exchange,
    int CheckpointsKept, string? TensorBoard, IPEndPoint? Http, LogOptions Log, string? Supervisor = null)
{
    /// <summary>Where to leave a line about how the run ended; null for nowhere.</summary>
    public string? TerminationLog { get; init; }

    /// <summary>Whether the page that is served with health and metrics has buttons, and a token.</summary>
    public bool WatchControl { get; init; }

    /// <summary>Where to report how far the run is; null for nowhere.</summary>
    public TrainerEndpoint? Trainer { get; init; }
}

/// <summary>A coordinator process: one host, with the coordinator's node of the cluster and the service that runs the run.</summary>
public sealed class CoordinatorHost(CoordinatorOptions options)
{
    private readonly ExchangeWatch _watch = new();
    private readonly string? _pageToken = options.WatchControl ? PageAccess.CreateToken() : null;

    /// <summary>Runs to the end of the run.</summary>
    /// <returns>0 where all epochs were trained, 128 + n where signal n ended it, else 1.</returns>
    /// <exception cref="UserErrorException">It could not start, or broke.</exception>
    public int Run()
    {
        // Before anything is written or bound, so that no signal finds a half-made node.
        using var signals = new StopSignals(options.Node.Supervised);
        LastingOutput.Install();
        if (!options.Resume) options.Directory.Create();
        using var runLock = new RunLock(options.Directory);
        using var view = OpenView();
        using var log = NodeLog.Open("coordinator", "coordinator", options.Spec.Run, options.Directory.Logs, options.Log, view.LogSink);
        using var certificates = options.Node.Certificates;
        using var monitor = new CoordinatorMonitor(options.Spec, certificates);
        return NodeLog.Guard(() => NodeHost.Run<RunService>(
            NodeHost.CreateBuilder(signals, options.Http, monitor.Health, monitor.Telemetry, endpoints => MapPage(endpoints, signals.Token))
                .ConfigureServices(services => AddRun(AddPage(AddTrainer(services.AddSingleton(view).AddSingleton(monitor))), runLock.Incarnation)),
            options.Http));
    }

    /// <summary>Starts before the run's service, and so stops after it: the last report is of the run's end.</summary>
    private IServiceCollection AddTrainer(IServiceCollection services) =>
        options.Trainer is { } endpoint ? services.AddSingleton(endpoint).AddHostedService<TrainerStatusService>() : services;

    private IServiceCollection AddPage(IServiceCollection services) =>
        _pageToken is { } token ? services.AddHostedService(provider => new PageAnnouncement(provider.GetRequiredService<IServer>(), token)) : services;

    /// <summary>The run's parts. They are made once the node listens: the run directory of one that could not
    /// must still be free for the next try.</summary>
    private void AddRun(IServiceCollection services, Incarnation incarnation) => services
        .AddSingleton(options).AddSingleton(options.Node)
        .AddSingleton(new TaskCompletionSource<RunSummary>(TaskCreationOptions.RunContinuationsAsynchronously))
        .AddSingleton(_ => RunStart.Load(options.Spec, options.Directory, incarnation, options.Resume, options.Point))
        .AddSingleton<ExchangeStarter>().AddSingleton(_watch)
        .AddSingleton(provider => new DataListener(
            options.Node.BindAddress, options.DataPort, options.Node.SecretKey, options.Node.Certificates,
            link => provider.GetRequiredService<ExchangeStarter>().Accept(link)))
        .AddSingleton(provider => Recorder(provider.GetRequiredService<RunStart>(), provider.GetRequiredService<CoordinatorMonitor>()))
        .AddSingleton<CoordinatorSettings>(Settings)
        .AddHostedService<ActorSystemStart<CoordinatorSettings>>()
        .AddAkka(AkkaNode.SystemName, akka => akka
            .WithNode(NodeRole.Coordinator, options.Node, seed: null)
            .WithActors((system, registry, services) =>
                registry.Register<CoordinatorActor>(system.ActorOf(services.Props<CoordinatorActor>(), NodeRole.Coordinator))));

    /// <summary>The page: it only shows, for whoever reaches the port with health and metrics; or it has buttons, for who has its link.</summary>
    private void MapPage(IEndpointRouteBuilder endpoints, CancellationToken stopping)
    {
        var services = endpoints.ServiceProvider;
        var run = new WatchedRun(command => services.GetRequiredService<ExchangeStarter>().TryPost(command), _watch);
        var ended = services.GetRequiredService<TaskCompletionSource<RunSummary>>().Task;
        var page = new ShownRun(options.Directory, options.Spec, run)
        {
            Control = options.WatchControl ? new PageControl(run, () => ended.IsCompleted) : null,
            TakesPictures = options.WatchControl && ModelPictures.HasPictures(options.Spec),
        };
        endpoints.MapRunPage(page, new PageAccess(_pageToken), stopping);
    }

    private RunRecorder Recorder(RunStart start, CoordinatorMonitor monitor) => new(
        options.Spec, options.Directory, start.Incarnation, start.Resumed, monitor.Training, options.CheckpointsKept)
    {
        TensorBoard = options.TensorBoard is { } logs ? new TensorBoardWriter(options.Spec, logs, start.Incarnation, start.Resumed, TimeProvider.System) : null,
    };

    private CoordinatorSettings Settings(IServiceProvider services)
    {
        var start = services.GetRequiredService<RunStart>();
        var listener = services.GetRequiredService<DataListener>();
        var recorder = services.GetRequiredService<RunRecorder>();
        var exchange = services.GetRequiredService<ExchangeStarter>();
        return new CoordinatorSettings(
            options.Spec, start.Incarnation, options.Membership, listener.Port, listener.SocketPath,
            Props.Create(() => new ParameterServerActor(exchange.Start)), recorder,
            services.GetRequiredService<IRunView>(), options.Directory, start.Resumed, services.GetRequiredService<TaskCompletionSource<RunSummary>>())
        {
            Monitor = services.GetRequiredService<CoordinatorMonitor>(),
        };
    }

    private IRunView OpenView()
    {
        if (options.Log.Format == LogFormat.Json) return new EventsOnly();
        if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
            return new PlainView(options.Spec, Console.Out, TimeProvider.System);
        // Spectre would take a supervised child, whose input is a pipe, for one that nobody looks at.
        return new TerminalView(options.Spec, AnsiConsole.Create(new AnsiConsoleSettings { Interactive = InteractionSupport.Yes }));
    }
}
