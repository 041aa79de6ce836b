using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.LivePage;
using MiniBatch.LivePage.Live;
using MiniBatch.LivePage.Model;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Watching;

/// <summary>A cluster on this machine with a page: the page, its buttons and the link to the coordinator, around the supervisor.</summary>
public sealed class WatchedCluster : IDisposable
{
    private readonly LinkToCoordinator _link;
    private readonly RunControl _control;
    private readonly RunAndModel _run;
    private readonly PageServer _page;

    /// <summary>Serves the page; no process is started yet.</summary>
    /// <param name="cluster">What will be.</param>
    /// <param name="spec">The run.</param>
    /// <param name="port">0 for any that is free.</param>
    /// <param name="pace">Steps a second until the page says otherwise; null for full speed.</param>
    /// <param name="isNew">Whether the run begins here.</param>
    /// <exception cref="UserErrorException">The port is taken.</exception>
    public WatchedCluster(LocalCluster cluster, RunSpec spec, int port, double? pace, bool isNew)
    {
        _link = new LinkToCoordinator();
        if (pace is not null) _link.SetPace(pace);
        Cluster = cluster with { SupervisorSocket = _link.SocketPath };
        _control = new RunControl(
            Cluster,
            !isNew ? "this run goes on with another: start one with its flags to compare"
            : !spec.Mode.IsSynchronous ? "updates on arrival come in another order each time: no two runs are the same to the bit"
            : null,
            () => _link.IsConnected);
        _run = new RunAndModel(_link, cluster.Programs, cluster.Directory, () => _control.State.Cluster.IsOver);
        try
        {
            _page = PageServer.Start(port, new ShownRun(cluster.Directory, spec, _run)
            {
                Control = _control,
                DataDirectory = cluster.DataDirectory,
                TakesPictures = ModelPictures.HasPictures(spec),
            });
        }
        catch
        {
            _link.Dispose();
            throw;
        }
    }

    /// <summary>The cluster, whose coordinator tells of the run.</summary>
    public LocalCluster Cluster { get; }

    /// <summary>What opens the page.</summary>
    public string Link => _page.Link;

    /// <summary>Runs the cluster to its end.</summary>
    /// <param name="options">The supervisor's.</param>
    /// <returns>Its exit code.</returns>
    public int Run(SupervisorOptions options)
    {
        var supervisor = new Supervisor(Cluster, options, _link) { Changed = _control.Changed };
        _control.Attach(supervisor);
        try
        {
            return supervisor.Run();
        }
        finally
        {
            _control.RunIsOver();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _page.Dispose();
        _control.Dispose();
        _run.Dispose();
        _link.Dispose();
    }
}
