using System.Net;
using System.Net.Sockets;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Tls;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>The exchange where data connections are TLS: the same bits, and no others let in.</summary>
public sealed class TlsExchangeTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly string Undisturbed = new ImaginaryCluster(Spec, seed: 0, "a").Run().ParametersSha256;

    private readonly TestAuthority _authority = new();
    private readonly TlsFiles _files;
    private readonly NodeCertificates _certificates;
    private readonly Bench _bench;

    public TlsExchangeTests()
    {
        _files = _authority.Issue("coordinator");
        _certificates = new NodeCertificates(_files);
        _bench = new Bench(Spec, certificates: _certificates);
    }

    public void Dispose()
    {
        _bench.Dispose();
        _certificates.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task Workers_train_to_the_same_parameters_and_hear_the_goodbye()
    {
        using var a = await Connect("a");
        using var b = await Connect("b");
        var (workA, workB) = (a.Work(), b.Work());
        _bench.Deal(a, b);
        await _bench.Initialise();

        Assert.Equal(Undisturbed, await _bench.ToTheEnd());

        var goodbye = new Goodbye(RunEnding.Completed, "all is trained");
        _bench.Thread.Post(new ExchangeCommand.Stop(goodbye));
        Assert.Equal(goodbye, await workA.WaitAsync(Bench.Limit));
        Assert.Equal(goodbye, await workB.WaitAsync(Bench.Limit));
    }

    /// <summary>And a certificate that was renewed meanwhile is taken at the next handshake: the run goes on with both.</summary>
    [Fact]
    public async Task Connection_that_breaks_in_the_middle_of_a_gradient_and_a_renewed_certificate_cost_no_bit()
    {
        using var a = await Connect("a");
        using var b = await Connect("b");
        b.InsteadOfSending = frame =>
        {
            b.SendBytes(frame.AsSpan(0, frame.Length - 10));
            b.Cut();
            return true;
        };
        _bench.Deal(a, b);
        _ = a.Work();
        _ = b.Work();
        await _bench.Initialise();
        _bench.Train(1);
        Assert.Equal(b.Id, (await _bench.Until<ExchangeReport.Disconnected>()).Worker);

        var before = ShownBy(_bench.Port);
        _authority.Renew(_files, "coordinator");
        Assert.NotEqual(before, ShownBy(_bench.Port));
        using var c = await Connect("c");
        _ = c.Work();
        _bench.Deal(a, c);

        await _bench.Until<ExchangeReport.EpochTrained>();
        Assert.Equal(Undisturbed, await _bench.ToTheEnd(fromEpoch: 2));
        Assert.Contains(await _bench.Ledger(), line => line.Slots.Any(slot => slot.Worker == "c"));
    }

    [Fact]
    public async Task Worker_that_has_the_secret_and_no_certificate_or_anothers_is_kept_out()
    {
        using var other = new TestAuthority("another authority");
        Assert.ThrowsAny<HandshakeException>(() => new FakeWorker(Spec, "plain", _bench.Port));
        Assert.ThrowsAny<HandshakeException>(() => new FakeWorker(Spec, "other", _bench.Port, tls: other.Issue("other")));
        // It trusts us, and is found out by us alone.
        Assert.ThrowsAny<HandshakeException>(() => new FakeWorker(Spec, "spy", _bench.Port, tls: Spying(other)));

        using var a = await Connect("a");
        _ = a.Work();
        _bench.Deal(a);
        await _bench.Initialise();
        Assert.Equal(Undisturbed, await _bench.ToTheEnd());
    }

    private Task<FakeWorker> Connect(string name) => _bench.Connect(name, tls: _authority.Issue(name));

    /// <summary>A certificate of another authority, with both authorities trusted.</summary>
    private TlsFiles Spying(TestAuthority other)
    {
        var files = other.Issue("spy");
        var both = Path.Combine(Path.GetDirectoryName(files.Key)!, "both.pem");
        File.WriteAllText(both, $"{File.ReadAllText(_authority.Path)}\n{File.ReadAllText(other.Path)}");
        return files with { Authorities = both };
    }

    /// <summary>The serial number of the certificate that is shown to who connects now.</summary>
    private static string ShownBy(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        var shown = "";
        using var stream = new System.Net.Security.SslStream(new NetworkStream(socket), false, (_, certificate, _, _) =>
        {
            shown = certificate!.GetSerialNumberString();
            return false;
        });
        Assert.ThrowsAny<Exception>(() => stream.AuthenticateAsClient("coordinator"));
        return shown;
    }
}
