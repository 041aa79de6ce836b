using System.Diagnostics.Metrics;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Hosting.Telemetry;

/// <summary>The instrument of a node's certificate, the same for every kind of node.</summary>
public static class CertificateExpiry
{
    /// <summary>Adds a gauge with the days that are left; it has no value where there is no TLS.</summary>
    public static void CreateExpiry(this Meter meter, string name, NodeCertificates? certificates) => meter.CreateObservableGauge(
        name, () => certificates is null ? (IEnumerable<Measurement<double>>)[] : [new Measurement<double>(certificates.DaysLeft)],
        "d", "Until this node's TLS certificate expires; below 0 where it has. None without TLS.");
}
