using System.Diagnostics;

namespace MiniBatch.Deployment.Tests.Pods;

/// <summary>
/// Pods without a cluster: network namespaces around a switch, each with an address and a table of names. Nothing of it touches this
/// machine's own network.
/// </summary>
internal sealed class PodNetwork : IDisposable
{
    private const string Interface = "eth0";

    private readonly string _prefix = $"minibatch-pods-{Environment.ProcessId}-";
    private readonly List<string> _namespaces = [];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("minibatch-pods-");

    private PodNetwork()
    {
    }

    private string Switch => _prefix + "switch";

    /// <summary>Lays one; skips the test where this user or system can't.</summary>
    public static PodNetwork Lay()
    {
        var network = new PodNetwork();
        var (exitCode, _, error) = Tool.Run("/", "ip", "netns", "add", network.Switch);
        if (exitCode == 0) (exitCode, _, error) = Tool.Run("/", "ip", "netns", "exec", network.Switch, "unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt");
        if (exitCode != 0) network.Dispose();
        Skip.If(exitCode != 0, $"only root may make namespaces, and not everywhere: {error}");
        network._namespaces.Add(network.Switch);
        Ip($"-n {network.Switch} link add bridge type bridge");
        Ip($"-n {network.Switch} link set bridge up");
        return network;
    }

    /// <summary>A place for a pod.</summary>
    /// <param name="name">Up to ten letters.</param>
    /// <param name="address">Its address, of 10.0.0.0/24.</param>
    /// <param name="secret">What its secret file has.</param>
    public Pod Add(string name, string address, string secret)
    {
        var place = _prefix + name;
        Ip($"netns add {place}");
        _namespaces.Add(place);
        Ip($"link add {Interface} netns {place} type veth peer name {name} netns {Switch}");
        Ip($"-n {Switch} link set {name} master bridge up");
        Ip($"-n {place} address add {address}/24 dev {Interface}");
        Ip($"-n {place} link set lo up");
        Ip($"-n {place} link set {Interface} up");

        var folder = _home.CreateSubdirectory(name).FullName;
        foreach (var sub in new[] { "root", "secret", "runs", "tmp" }) Directory.CreateDirectory(Path.Combine(folder, sub));
        File.WriteAllText(Path.Combine(folder, "secret", "secret"), secret);
        File.WriteAllText(Path.Combine(folder, "hosts"), "127.0.0.1 localhost\n");
        Assert.Equal(0, Tool.Run("/", "chown", "-R", "1654:1654", folder).ExitCode);
        return new Pod(place, folder);
    }

    public void Dispose()
    {
        foreach (var place in _namespaces) Tool.Run("/", "ip", "netns", "delete", place);
        _home.Delete(recursive: true);
    }

    private static void Ip(string arguments)
    {
        var (exitCode, _, error) = Tool.Run("/", "ip", arguments.Split(' '));
        Assert.True(exitCode == 0, $"ip {arguments}: {error}");
    }
}

/// <summary>One pod: where its program runs, and what it sees.</summary>
/// <param name="Place">Its network namespace.</param>
/// <param name="Folder">Its files, as <c>pod.sh</c> wants them.</param>
internal sealed record Pod(string Place, string Folder)
{
    /// <summary>Has a name stand for an address, in this pod, from now on.</summary>
    public void Knows(string name, string address) => File.AppendAllText(Path.Combine(Folder, "hosts"), $"{address} {name}\n");

    /// <summary>The path of a file of its run volume, from outside.</summary>
    public string Runs(string path) => Path.Combine(Folder, "runs", path);

    /// <summary>Starts a program of ours in it.</summary>
    public PodProcess Start(ProgramOf program, string datasets, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments) => new(Command(
        program, datasets, environment, arguments));

    /// <summary>Runs one to its end, beside the one that it was started for.</summary>
    public int Run(ProgramOf program, string datasets, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Tool.Run("/", "ip", [.. Command(program, datasets, environment, arguments).Skip(1)]).ExitCode;

    private string[] Command(ProgramOf program, string datasets, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments) =>
    [
        "ip", "netns", "exec", Place, "unshare", "--mount", "sh", Path.Combine(AppContext.BaseDirectory, "Pods", "pod.sh"), Folder, program.Built, datasets,
        .. environment.Select(variable => $"{variable.Key}={variable.Value}"), "dotnet", $"/app/{program.Assembly}", .. arguments,
    ];
}

/// <summary>A program in a pod.</summary>
internal sealed class PodProcess : IDisposable
{
    private readonly Process _process;
    private readonly System.Text.StringBuilder _said = new();

    public PodProcess(string[] command)
    {
        _process = new Process { StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it wrote.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Waits until it has logged an event, so many times.</summary>
    public void WaitFor(string logged, TimeSpan limit, int times = 1)
    {
        lock (_said)
        {
            var until = Stopwatch.StartNew();
            while (_said.ToString().Split($"\"event\":\"{logged}\"").Length <= times)
            {
                Assert.False(_process.HasExited || until.Elapsed > limit, $"no {logged}:\n{_said}");
                Monitor.Wait(_said, TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Its exit code, when it has ended by itself.</summary>
    public int WaitForExit(TimeSpan limit)
    {
        Assert.True(_process.WaitForExit(limit), $"not ended within {limit.TotalSeconds} s:\n{Said}");
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, as Kubernetes sends it.</summary>
    /// <returns>Its exit code.</returns>
    public int Terminate(TimeSpan gracePeriod)
    {
        Tool.Run("/", "kill", "-TERM", $"{_process.Id}");
        Assert.True(_process.WaitForExit(gracePeriod), $"not ended within {gracePeriod.TotalSeconds} s:\n{Said}");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
            Monitor.PulseAll(_said);
        }
    }
}
