using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tls;

/// <summary>
/// A node's certificate with its key, and the authorities whose certificates it accepts. Not disposed: a handshake may still use
/// it when the files have been read anew; the finalizer frees what is native.
/// </summary>
public sealed class TlsCredentials
{
    private readonly X509Certificate2Collection _authorities;
    private readonly X509Certificate2Collection _between;
    private readonly SslStreamCertificateContext _context;
    private readonly TlsFiles _files;

    private TlsCredentials(TlsFiles files, X509Certificate2 own, X509Certificate2Collection between, X509Certificate2Collection authorities)
    {
        _files = files;
        _authorities = authorities;
        _between = between;
        Own = own;
        // Offline: what is sent along comes from the file, and is not looked for on the network.
        _context = SslStreamCertificateContext.Create(own, between, offline: true);
    }

    /// <summary>The node's certificate, with its key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset NotAfter => Own.NotAfter;

    /// <summary>Reads the files, and checks that this node could be accepted by others that have the same authorities.</summary>
    /// <exception cref="UserErrorException">A file can't be read or holds no such thing, the key is another's, the certificate is not valid now,
    /// or no authority of the file has signed it.</exception>
    public static TlsCredentials Load(TlsFiles files)
    {
        var certificates = Certificates("--tls-certificate", files.Certificate);
        var authorities = Certificates("--tls-ca", files.Authorities);
        var credentials = new TlsCredentials(files, WithKey(files), [.. certificates.Skip(1)], authorities);
        return credentials.ProblemOf(credentials.Own, sent: null) is { } problem
            ? throw Error($"--tls-certificate {files.Certificate}: {problem}")
            : credentials;
    }

    /// <summary>Why a certificate is not one of this cluster's; null where it is.</summary>
    /// <param name="shown">What the other side showed; null for nothing.</param>
    /// <param name="sent">The certificates that it sent along; null for none.</param>
    /// <remarks>Names are not compared: nodes dial each other by addresses that nobody knows before, and the authority signs for this
    /// cluster alone. Nothing is fetched from where a certificate says its authority or its revocations are.</remarks>
    public string? ProblemOf(X509Certificate2? shown, X509Chain? sent)
    {
        if (shown is null) return "it showed no certificate";
        using var chain = new X509Chain();
        chain.ChainPolicy = Policy();
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        if (chain.Build(shown)) return null;
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (flags, one) => flags | one.Status);
        if (status.HasFlag(X509ChainStatusFlags.PartialChain) || status.HasFlag(X509ChainStatusFlags.UntrustedRoot))
            return $"the certificate of {NameOf(shown)} is not signed by an authority of --tls-ca {_files.Authorities}";
        if (!status.HasFlag(X509ChainStatusFlags.NotTimeValid)) return $"the certificate of {NameOf(shown)} is not accepted: {status}";
        var now = DateTime.Now;
        return shown.NotBefore > now ? $"the certificate of {NameOf(shown)} is valid from {Time(shown.NotBefore)} on: look at the clocks"
            : shown.NotAfter < now ? $"the certificate of {NameOf(shown)} expired at {Time(shown.NotAfter)}"
            : $"the authority that signed the certificate of {NameOf(shown)} is not valid now";
    }

    /// <summary>For the side that accepts the connection; the other one must show a certificate.</summary>
    /// <param name="refused">Is told why a certificate is refused.</param>
    public SslServerAuthenticationOptions ForServer(Action<string> refused) => new()
    {
        ServerCertificateContext = _context,
        ClientCertificateRequired = true,
        AllowRenegotiation = false,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, shown, chain, _) => Accepts(shown, chain, refused),
    };

    /// <summary>For the side that connects.</summary>
    /// <inheritdoc cref="ForServer" path="/param"/>
    public SslClientAuthenticationOptions ForClient(Action<string> refused) => new()
    {
        ClientCertificateContext = _context,
        AllowRenegotiation = false,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, shown, chain, _) => Accepts(shown, chain, refused),
    };

    private bool Accepts(X509Certificate? shown, X509Chain? chain, Action<string> refused)
    {
        if (ProblemOf(shown as X509Certificate2, chain) is not { } problem) return true;
        refused(problem);
        return false;
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ExtraStore.AddRange(_between);
        return policy;
    }

    private static X509Certificate2 WithKey(TlsFiles files)
    {
        var key = Text("--tls-key", files.Key);
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal)) throw Error($"--tls-key {files.Key}: the key has a passphrase; give it without");
        try
        {
            var own = X509Certificate2.CreateFromPem(Text("--tls-certificate", files.Certificate), key);
            // Windows' TLS takes no key that is in memory alone.
            return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null) : own;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Error($"--tls-key {files.Key}: this is no private key in PEM that fits --tls-certificate {files.Certificate}");
        }
    }

    private static X509Certificate2Collection Certificates(string flag, string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Text(flag, path));
        }
        catch (CryptographicException)
        {
            throw Error($"{flag} {path}: a certificate in it is damaged");
        }
        return certificates.Count > 0 ? certificates : throw Error($"{flag} {path}: there is no certificate in PEM in it");
    }

    private static string Text(string flag, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Error($"{flag} {path}: there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Error($"{flag} {path} can't be read ({e.Message}); let this user read it");
        }
    }

    /// <summary>What it calls itself, for a line of a log: a stranger chose it.</summary>
    private static string NameOf(X509Certificate2 certificate)
    {
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        var printable = new string([.. name.Where(letter => !char.IsControl(letter)).Take(64)]);
        return printable.Length > 0 ? $"\"{printable}\"" : "no name";
    }

    private static string Time(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static UserErrorException Error(string message) => new(message, UserErrorException.Usage);
}
