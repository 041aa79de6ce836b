using System.IO.Compression;
using System.Net;
using System.Text;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Datasets.Sources;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class DatasetSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mirror_delivers_the_four_files_uncompressed()
    {
        using var web = new WebFolder((name, response) =>
        {
            using var gzip = new GZipStream(response.OutputStream, CompressionLevel.Fastest);
            gzip.Write(Encoding.ASCII.GetBytes("content of " + name));
        });
        new HttpMirror(web.Uri).Fetch(DatasetCatalog.Mnist, _folder.Path, CancellationToken.None);

        Assert.All(
            DatasetCatalog.Mnist.Files,
            file => Assert.Equal($"content of {file.Name}.gz", File.ReadAllText(_folder.File(file.Name))));
    }

    [Fact]
    public void Mirror_without_the_file_gives_the_reason()
    {
        using var web = new WebFolder((_, response) => response.StatusCode = (int)HttpStatusCode.NotFound);

        Assert.Contains("404", Refusal(new HttpMirror(web.Uri)));
    }

    [Fact]
    public void Mirror_that_sends_something_else_gives_the_reason()
    {
        using var web = new WebFolder((_, response) => response.OutputStream.Write("<html>log in first</html>"u8));

        Assert.NotEmpty(Refusal(new HttpMirror(web.Uri)));
    }

    [Fact]
    public void Mirror_that_nobody_serves_gives_the_reason()
    {
        Uri uri;
        using (var web = new WebFolder((_, _) => { }))
            uri = web.Uri;

        Assert.NotEmpty(Refusal(new HttpMirror(uri)));
    }

    [Fact]
    public void Mirror_that_never_ends_is_left_when_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        using var released = new ManualResetEventSlim();
        using var web = new WebFolder((_, response) =>
        {
            response.OutputStream.Write([0x1F, 0x8B]);
            response.OutputStream.Flush();
            cancellation.Cancel();
            released.Wait();
        });
        try
        {
            Assert.ThrowsAny<OperationCanceledException>(
                () => new HttpMirror(web.Uri).Fetch(DatasetCatalog.Mnist, _folder.Path, cancellation.Token));
        }
        finally
        {
            released.Set();
        }
    }

    // The same with apt on the machine and without: the source is unusable, says so in a line, and leaves nothing.
    [Fact]
    public void Debian_package_that_does_not_exist_gives_the_reason()
    {
        Assert.Contains("apt", Refusal(new DebianPackage("minibatch-no-such-package")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private string Refusal(IDatasetSource source)
    {
        var message = Assert.Throws<DatasetException>(
            () => source.Fetch(DatasetCatalog.Mnist, _folder.Path, CancellationToken.None)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
