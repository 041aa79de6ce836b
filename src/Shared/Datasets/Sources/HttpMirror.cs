using System.IO.Compression;
using System.Net.Http;

namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>
/// A web folder with the four files, each gzipped. Plain HTTP is good enough: the content's hashes are pinned.
/// </summary>
/// <param name="folder">Ends in '/'.</param>
public sealed class HttpMirror(Uri folder) : IDatasetSource
{
    /// <summary>Short, because a machine without the internet often drops packets instead of refusing them.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan FileTimeMax = TimeSpan.FromMinutes(5);

    public string Name => folder.Host;

    public void Fetch(DatasetDescription description, string directory, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        foreach (var file in description.Files)
            Fetch(client, file, directory, cancellation);
    }

    private void Fetch(HttpClient client, DatasetFile file, string directory, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(FileTimeMax);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(folder, file.Name + ".gz"));
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            response.EnsureSuccessStatusCode();
            // Synchronous reads take no token; closing the response ends them.
            using var abort = limit.Token.Register(response.Dispose);
            using var content = new GZipStream(response.Content.ReadAsStream(limit.Token), CompressionMode.Decompress);
            SourceFile.Save(content, Path.Combine(directory, file.Name));
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (Exception) when (limit.IsCancellationRequested)
        {
            throw new DatasetException($"{file.Name} took more than {FileTimeMax.TotalMinutes} minutes");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException
            or OperationCanceledException or UnauthorizedAccessException)
        {
            throw new DatasetException(e is OperationCanceledException ? "no answer" : e.Message.TrimEnd('.'), e);
        }
    }
}
