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
    private readonly bool _isBetween;
    private int _issued;

    /// <param name="name">What it calls itself.</param>
    /// <param name="above">Who signs for it; null where it stands for itself.</param>
    public TestAuthority(string name = "test authority", TestAuthority? above = null)
    {
        _isBetween = above is not null;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (above is null) _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-300), DateTimeOffset.UtcNow.AddDays(300));
        else
        {
            using var signed = request.Create(above._own, DateTimeOffset.UtcNow.AddDays(-200), DateTimeOffset.UtcNow.AddDays(200), RandomNumberGenerator.GetBytes(8));
            _own = signed.CopyWithPrivateKey(key);
        }
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
        var files = NewFiles(trusts ?? this);
        Renew(files, name, days);
        return files;
    }

    /// <summary>What a node signs with its own key, as if it were an authority; its certificate lies beside.</summary>
    public TlsFiles IssueBy(TlsFiles node, string name)
    {
        var files = NewFiles(this);
        using var signer = X509Certificate2.CreateFromPemFile(node.Certificate, node.Key);
        using var signerKey = signer.GetECDsaPrivateKey()!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(
            signer.SubjectName, X509SignatureGenerator.CreateForECDsa(signerKey), DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(files.Certificate, $"{certificate.ExportCertificatePem()}\n{File.ReadAllText(node.Certificate)}");
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    /// <summary>Writes another certificate and key over a node's; with that of an authority which another has signed beside it.</summary>
    public void Renew(TlsFiles files, string name = "node", double days = 100)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            _own, DateTimeOffset.UtcNow.AddDays(-101), DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem() + (_isBetween ? $"\n{_own.ExportCertificatePem()}" : ""));
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _own.Dispose();
        _folder.Delete(recursive: true);
    }

    private TlsFiles NewFiles(TestAuthority trusted)
    {
        var folder = _folder.CreateSubdirectory($"{++_issued}").FullName;
        return new TlsFiles(System.IO.Path.Combine(folder, "tls.crt"), System.IO.Path.Combine(folder, "tls.key"), trusted.Path);
    }
}
