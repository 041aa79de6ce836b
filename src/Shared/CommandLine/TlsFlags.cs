using System.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.CommandLine;

/// <summary>The flags of TLS, shared by <c>train</c>, which passes them on, and every node.</summary>
public sealed class TlsFlags
{
    private readonly Option<string?> _certificate = Flag.Path("--tls-certificate", "this node's certificate, PEM; with --tls-key and --tls-ca nodes talk by TLS, and each shows the others its own [none: what goes between nodes is not encrypted]", "FILE");
    private readonly Option<string?> _key = Flag.Path("--tls-key", "the certificate's private key, PEM, without a passphrase [none, as --tls-certificate]", "FILE");
    private readonly Option<string?> _authorities = Flag.Path("--tls-ca", "who signs the certificates of this cluster's nodes and of nobody else, PEM [none, as --tls-certificate]", "FILE");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_certificate, _key, _authorities];

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command) => command.AddFlags(HelpHeading.Place, All);

    /// <summary>The files that were named; null for none.</summary>
    /// <exception cref="UserErrorException">Some were, and not all.</exception>
    public TlsFiles? Read(ParseResult parsed)
    {
        var (certificate, key, authorities) = (parsed.GetValue(_certificate), parsed.GetValue(_key), parsed.GetValue(_authorities));
        if (certificate is null && key is null && authorities is null) return null;
        if (certificate is null || key is null || authorities is null)
            throw new UserErrorException("TLS needs all three of --tls-certificate, --tls-key and --tls-ca", UserErrorException.Usage);
        return new TlsFiles(Path.GetFullPath(certificate), Path.GetFullPath(key), Path.GetFullPath(authorities));
    }
}
