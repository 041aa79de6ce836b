using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.Tests.Tls;

/// <summary>An authority of a test that signs certificates for nodes; its files go with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");
    private readonly X509Certificate2 _own;
    private int _issued;

    public TestAuthority(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-300), DateTimeOffset.UtcNow.AddDays(300));
        File.WriteAllText(Path, _own.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, "ca.pem");

    /// <summary>A node's files, valid from a day ago on.</summary>
    /// <param name="name">What the certificate calls it.</param>
    /// <param name="days">Days that it is valid from now on; below 0 where it has expired.</param>
    /// <param name="trusts">Whose certificates the node accepts; null for this authority's.</param>
    public TlsFiles Issue(string name = "node", double days = 100, TestAuthority? trusts = null)
    {
        var folder = _folder.CreateSubdirectory($"{++_issued}").FullName;
        var files = new TlsFiles(System.IO.Path.Combine(folder, "tls.crt"), System.IO.Path.Combine(folder, "tls.key"), (trusts ?? this).Path);
        Renew(files, name, days);
        return files;
    }

    /// <summary>Writes another certificate and key over a node's.</summary>
    public void Renew(TlsFiles files, string name = "node", double days = 100)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            _own, DateTimeOffset.UtcNow.AddDays(-101), DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _own.Dispose();
        _folder.Delete(recursive: true);
    }
}
