using System.Net.Security;
using System.Net.Sockets;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Tests.Tls;
using MiniBatch.Shared.Tls;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Clusters of real processes whose nodes show each other certificates, on both planes.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Long")]
public sealed class TlsTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;
    private const int Terminated = 143;

    private readonly TestCluster _cluster = new(data, output);
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _next = new("the next authority");

    public void Dispose()
    {
        _cluster.Dispose();
        _authority.Dispose();
        _next.Dispose();
    }

    /// <summary>Certificate, key and authority are others after the restart: who still showed or trusted the old ones would be kept out.</summary>
    [Fact]
    public void Another_authority_needs_a_checkpoint_and_a_restart_and_costs_no_bit()
    {
        var files = _authority.Issue();
        WithoutUnixSocket();
        _cluster.StartCoordinator(Job.Long(), 2, ["--wait-for-workers", "5min", .. Flags(files)]);
        var workers = new[] { "worker-1", "worker-2" }.Select(name => _cluster.StartWorker(name, ["--verbose", .. Flags(files)])).ToArray();
        _cluster.WaitForSteps(300);

        var stranger = _cluster.StartWorker("stranger", ["--join-timeout", "20s", .. Flags(_next.Issue("stranger"))]);
        _cluster.Expect(stranger, Failure);
        OneLine.Of(stranger, "is not trusted: the certificate of \"node\" is not signed by an authority of --tls-ca");
        _cluster.WaitForSteps(_cluster.StepsNow + 100);

        var before = _cluster.Coordinator;
        before.Send(Signal.Terminate);
        _cluster.Expect(before, Terminated);
        _next.Renew(files);
        File.Copy(_next.Path, _authority.Path, overwrite: true);
        File.Delete(_cluster.Directory.CoordinatorAddress);
        _cluster.StartResuming(2, ["--wait-for-workers", "5min", .. Flags(files)]);

        var run = _cluster.WaitForSuccess(before, stranger);
        Assert.Equal(data.Undisturbed(Job.Long(), workers: 1, output).Hashes, run.Hashes);
        Assert.All(workers, worker => Assert.Contains("by way of TLS", worker.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Train_hands_its_certificate_to_its_nodes()
    {
        var files = _authority.Issue("of the launcher");
        foreach (var (name, file) in new[] { ("CERTIFICATE", files.Certificate), ("KEY", files.Key), ("CA", files.Authorities) })
            _cluster.Variables[$"MINIBATCH_TLS_{name}"] = file;
        _cluster.StartLauncher(Job.Long(), workers: 2);
        var address = _cluster.WaitForAddress();
        Assert.All([address.Port, address.DataPort], port => Assert.Contains("CN=of the launcher", ShownAt(port)));

        var run = _cluster.WaitForSuccess();
        Assert.Equal(data.Undisturbed(Job.Long(), workers: 1, output).Hashes, run.Hashes);
    }

    /// <summary>A folder for temporary files with a name that is too long for a socket's address: workers take TCP.</summary>
    private void WithoutUnixSocket()
    {
        _cluster.Variables["TMPDIR"] = Directory.CreateDirectory(Path.Combine(_cluster.Home, new string('t', 100))).FullName;
        _cluster.Variables["DOTNET_EnableDiagnostics"] = "0";   // .NET's own socket lies there as well
    }

    private static string[] Flags(TlsFiles files) => ["--tls-certificate", files.Certificate, "--tls-key", files.Key, "--tls-ca", files.Authorities];

    private static string ShownAt(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect("127.0.0.1", port);
        var shown = "";
        using var stream = new SslStream(new NetworkStream(socket), false, (_, certificate, _, _) =>
        {
            shown = certificate!.Subject;
            return false;
        });
        Assert.ThrowsAny<Exception>(() => stream.AuthenticateAsClient("coordinator"));
        return shown;
    }
}
