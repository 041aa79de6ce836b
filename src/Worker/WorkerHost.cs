using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Worker;

/// <summary>Everything a worker process was told.</summary>
/// <param name="Target">Where to look for the coordinator.</param>
/// <param name="Node">Where to listen, once the coordinator's host is known.</param>
/// <param name="Supervised">Whether a parent holds this process's standard input.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Name">For people.</param>
/// <param name="DataDirectory">Where the datasets are; null for the usual places.</param>
/// <param name="LogDirectory">Where JSON lines go; null for nowhere.</param>
/// <param name="Limits">How long to look for a coordinator.</param>
/// <param name="Stay">Whether it stays when the run is complete, until SIGTERM.</param>
/// <param name="Http">Where to serve health and metrics; null for nowhere.</param>
/// <param name="Log">What standard output has of the log.</param>
public sealed record WorkerOptions(
    JoinTarget Target, Func<string, NodeOptions> Node, bool Supervised, DeviceRequest Device, string Name, string? DataDirectory,
    string? LogDirectory, WorkerLimits Limits, bool Stay, IPEndPoint? Http, LogOptions Log)
{
    /// <summary>Whether to share memory with a coordinator on this machine.</summary>
    public bool SharesMemory { get; init; } = true;

    /// <summary>The instruction set that the run will be held to; null where the coordinator has to say it first.</summary>
    public CpuCapability? CpuCapability { get; init; }

    /// <summary>Its TLS; null for none.</summary>
    public NodeCertificates? Certificates { get; init; }

    /// <summary>Where to leave a line about how it ended; null for nowhere.</summary>
    public string? TerminationLog { get; init; }
}

/// <summary>A worker process: one host with its signals, log, HTTP and compute thread, whose service joins one cluster after the other.</summary>
public sealed class WorkerHost(WorkerOptions options)
{
    /// <summary>Runs until the run is over, or the worker can't go on.</summary>
    /// <returns>0 where the run was trained to its end, 143 where SIGTERM ended it before, 130 where Ctrl+C did.</returns>
    /// <exception cref="UserErrorException">Anything else, with the reason.</exception>
    public int Run()
    {
        // Before anything else: a supervisor may die at any moment.
        using var signals = new StopSignals(options.Supervised);
        using var log = NodeLog.Open("worker", options.Name, run: null, options.LogDirectory, options.Log);
        NodeLog.SayConfiguration(new
        {
            options.Name, Target = options.Target.ToString(), options.DataDirectory, options.LogDirectory, options.Limits, options.SharesMemory, Log = options.Log.ToString(),
        });
        using var certificates = options.Certificates;
        using var monitor = new WorkerMonitor(options.Name, certificates);
        return NodeLog.Guard(() => NodeHost.Run<WorkerService>(
            NodeHost.CreateBuilder(signals, options.Http, monitor.Health, monitor.Telemetry)
                .ConfigureServices(services => services.AddSingleton(options).AddSingleton(monitor).AddSingleton(_ => new ComputeThread(options.CpuCapability))),
            options.Http));
    }
}
