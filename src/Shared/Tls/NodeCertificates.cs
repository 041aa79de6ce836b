using System.Net;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog;

namespace MiniBatch.Shared.Tls;

/// <summary>
/// A node's TLS: reads its files anew whenever somebody is to be shaken hands with, so that a certificate that was renewed is taken
/// without a restart. Belongs to the process; any thread may ask.
/// </summary>
public sealed class NodeCertificates : IDisposable
{
    /// <summary>A certificate with fewer days left is warned of.</summary>
    public const int WarningDays = 14;

    /// <summary>Different refusals that are written; beyond, they are debug events: strangers choose what is in them.</summary>
    private const int RefusalsMax = 256;

    private static readonly TimeSpan LookAtTheDays = TimeSpan.FromHours(1);

    private readonly TlsFiles _files;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _said = [];
    private readonly HashSet<string> _refused = [];   // apart: strangers must not silence what this node says of itself
    private readonly Timer _days;
    private TlsCredentials _last;

    /// <summary>Reads the files.</summary>
    /// <exception cref="UserErrorException">They can't be used; the message is one line.</exception>
    public NodeCertificates(TlsFiles files)
    {
        _files = files;
        _last = TlsCredentials.Load(files);
        _days = new Timer(_ => WarnOfDays(), null, LookAtTheDays, LookAtTheDays);
    }

    /// <summary>A peer's certificate was refused: where the peer is, and why. On any thread.</summary>
    public event Action<string, string>? PeerRefused;

    /// <summary>Days until the certificate that was read last expires; below 0 where it has.</summary>
    public double DaysLeft => (Last.NotAfter - DateTimeOffset.UtcNow).TotalDays;

    private TlsCredentials Last => Volatile.Read(ref _last);

    /// <summary>What the files hold now. Where that can't be used, as in the middle of a renewal, what they held before.</summary>
    public TlsCredentials Read()
    {
        try
        {
            Volatile.Write(ref _last, TlsCredentials.Load(_files));
        }
        catch (UserErrorException e)
        {
            SayOnce(NodeEvents.CertificateNotRead, $"{e.Message}; the certificate that was read before stays in use");
        }
        WarnOfDays();
        return Last;
    }

    /// <summary>Says of a peer's certificate that it was refused; once for each address and reason.</summary>
    /// <param name="peer">Where it connects from, or where it was connected to.</param>
    /// <param name="problem">One line.</param>
    public void Refused(string peer, string problem)
    {
        Say(NodeEvents.CertificateRefused, $"refused {AddressOf(peer)}: {problem}", _refused, RefusalsMax);
        PeerRefused?.Invoke(peer, problem);
    }

    /// <inheritdoc />
    public void Dispose() => _days.Dispose();

    private void WarnOfDays()
    {
        var days = (int)Math.Floor(DaysLeft);
        if (days >= WarningDays) return;
        SayOnce(NodeEvents.CertificateExpires, days >= 0
            ? $"--tls-certificate {_files.Certificate} expires within {days + 1} days; replace the files, they are read anew"
            : $"--tls-certificate {_files.Certificate} has expired, and others refuse it; replace the files, they are read anew");
    }

    /// <summary>Without the port, which is another for each connection that somebody makes.</summary>
    private static string AddressOf(string peer) => !IPEndPoint.TryParse(peer, out var end) ? peer
        : (end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString();

    private void SayOnce(NodeEvent what, string line) => Say(what, line, _said, int.MaxValue);

    private void Say(NodeEvent what, string line, HashSet<string> said, int max)
    {
        bool isNew;
        lock (_lock) isNew = said.Count < max && said.Add(line);
        if (isNew) what.Write("{line:l}", line);
        else what.WriteAgain(Log.Logger, "{line:l}", line);
    }
}
