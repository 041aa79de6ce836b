using System.Security.Cryptography.X509Certificates;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.Tests.Tls;

public sealed class TlsCredentialsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new("another authority");

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void Certificate_of_the_authority_is_accepted_and_anothers_is_not()
    {
        var credentials = TlsCredentials.Load(_authority.Issue());
        Assert.Null(credentials.ProblemOf(TlsCredentials.Load(_authority.Issue("neighbour")).Own, sent: null));
        Assert.Equal(
            $"the certificate of \"stranger\" is not signed by an authority of --tls-ca {_authority.Path}",
            credentials.ProblemOf(TlsCredentials.Load(_other.Issue("stranger")).Own, sent: null));
        Assert.Equal("it showed no certificate", credentials.ProblemOf(null, sent: null));
    }

    [Fact]
    public void Authority_that_only_has_the_same_name_is_another()
    {
        using var namesake = new TestAuthority();
        var credentials = TlsCredentials.Load(_authority.Issue());
        Assert.NotNull(credentials.ProblemOf(TlsCredentials.Load(namesake.Issue()).Own, sent: null));
    }

    [Fact]
    public void Neighbours_certificate_that_has_expired_is_refused_with_the_date()
    {
        using var shown = X509CertificateLoader.LoadCertificateFromFile(_authority.Issue("neighbour", days: -1).Certificate);
        Assert.StartsWith(
            $"the certificate of \"neighbour\" expired at {DateTime.UtcNow.AddDays(-1):yyyy-MM-dd}", TlsCredentials.Load(_authority.Issue()).ProblemOf(shown, sent: null));
    }

    [Fact]
    public void Certificate_between_a_node_and_the_authority_lies_beside_the_nodes()
    {
        using var between = new TestAuthority("between", _authority);
        var node = TlsCredentials.Load(between.Issue(trusts: _authority));
        Assert.Null(node.ProblemOf(TlsCredentials.Load(between.Issue("neighbour", trusts: _authority)).Own, sent: null));
        // Who has none, and is sent none, can't tell.
        Assert.NotNull(TlsCredentials.Load(_authority.Issue()).ProblemOf(node.Own, sent: null));
    }

    /// <summary>Whoever gets hold of a node's key can't make others with it.</summary>
    [Fact]
    public void Certificate_that_a_node_has_signed_is_none() =>
        Assert.Contains("the certificate of \"mate\" is not ", Problem(_authority.IssueBy(_authority.Issue(), "mate")));

    [Fact]
    public void What_a_stranger_calls_himself_is_one_short_line()
    {
        var problem = TlsCredentials.Load(_authority.Issue()).ProblemOf(TlsCredentials.Load(_other.Issue("a\u0007b" + new string('x', 40))).Own, sent: null)!;
        Assert.Contains("\"abxx", problem);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Fact]
    public void Certificate_that_has_expired_is_one_line_with_the_date()
    {
        var files = _authority.Issue(days: -1);
        Assert.StartsWith($"--tls-certificate {files.Certificate}: the certificate of \"node\" expired at {DateTime.UtcNow.AddDays(-1):yyyy-MM-dd}", Problem(files));
    }

    [Fact]
    public void Certificate_of_another_authority_than_the_nodes_own_is_one_line()
    {
        var files = _authority.Issue(trusts: _other);
        Assert.Equal($"--tls-certificate {files.Certificate}: the certificate of \"node\" is not signed by an authority of --tls-ca {_other.Path}", Problem(files));
    }

    [Fact]
    public void Key_of_another_certificate_is_one_line()
    {
        var files = _authority.Issue() with { Key = _authority.Issue().Key };
        Assert.Equal($"--tls-key {files.Key}: this is no private key in PEM that fits --tls-certificate {files.Certificate}", Problem(files));
    }

    [Fact]
    public void File_that_is_missing_can_not_be_read_or_is_no_PEM_is_one_line()
    {
        var files = _authority.Issue();
        Assert.Equal("--tls-certificate /no/such/file: there is no such file", Problem(files with { Certificate = "/no/such/file" }));
        Assert.Equal("--tls-key /no/such/file: there is no such file", Problem(files with { Key = "/no/such/file" }));
        Assert.Equal("--tls-ca /no/such/file: there is no such file", Problem(files with { Authorities = "/no/such/file" }));
        var folder = Path.GetDirectoryName(files.Key)!;
        Assert.StartsWith($"--tls-key {folder} can't be read (", Problem(files with { Key = folder }));
        Assert.Equal($"--tls-ca {files.Key}: there is no certificate in PEM in it", Problem(files with { Authorities = files.Key }));
        File.WriteAllText(files.Certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.Equal($"--tls-certificate {files.Certificate}: a certificate in it is damaged", Problem(files));
    }

    private static string Problem(TlsFiles files)
    {
        var error = Assert.Throws<UserErrorException>(() => TlsCredentials.Load(files));
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }
}
