namespace MiniBatch.Shared.Tls;

/// <summary>Where a node's certificate lies; each file is PEM.</summary>
/// <param name="Certificate">The node's certificate, and after it those between it and an authority, if there are any.</param>
/// <param name="Key">Its private key, without a passphrase.</param>
/// <param name="Authorities">Who signs the certificates of this cluster's nodes, and of nobody else: whoever shows one is a node.</param>
public sealed record TlsFiles(string Certificate, string Key, string Authorities);
