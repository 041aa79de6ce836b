using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.Tests.Tls;

public sealed class NodeCertificatesTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Renewed_files_are_taken_at_the_next_reading()
    {
        var files = _authority.Issue(days: 20);
        using var certificates = new NodeCertificates(files);
        var before = certificates.Read().Own.SerialNumber;
        Assert.Equal(before, certificates.Read().Own.SerialNumber);
        Assert.InRange(certificates.DaysLeft, 19.9, 20);

        _authority.Renew(files, days: 90);

        Assert.NotEqual(before, certificates.Read().Own.SerialNumber);
        Assert.InRange(certificates.DaysLeft, 89.9, 90);
    }

    [Fact]
    public void Files_in_the_middle_of_a_renewal_leave_the_certificate_that_was_read_before()
    {
        var files = _authority.Issue();
        using var certificates = new NodeCertificates(files);
        var before = certificates.Read().Own.SerialNumber;
        var key = File.ReadAllText(files.Key);

        _authority.Renew(files);
        var renewed = File.ReadAllText(files.Key);
        File.WriteAllText(files.Key, key);
        Assert.Equal(before, certificates.Read().Own.SerialNumber);

        File.WriteAllText(files.Key, renewed);
        Assert.NotEqual(before, certificates.Read().Own.SerialNumber);
    }
}
