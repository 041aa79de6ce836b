using System.Net;

namespace MiniBatch.Shared.Tests.Datasets;

/// <summary>A web server on a free port of this machine that answers every request as it is told.</summary>
internal sealed class WebFolder : IDisposable
{
    private readonly HttpListener _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;

    /// <param name="answer">Gets the requested file name; writes status and content.</param>
    public WebFolder(Action<string, HttpListenerResponse> answer)
    {
        (_listener, Uri) = Listen();
        _serving = Task.Run(() => Serve(answer));
    }

    public Uri Uri { get; }

    public void Dispose()
    {
        _closing.Cancel();
        _listener.Close();
        _serving.Wait();
        _closing.Dispose();
    }

    private static (HttpListener Listener, Uri Uri) Listen()
    {
        const int AttemptsMax = 50;
        for (var attempt = 1; ; attempt++)
        {
            // HttpListener cannot choose a free port by itself.
            var uri = new Uri($"http://localhost:{Random.Shared.Next(20_000, 60_000)}/files/");
            var listener = new HttpListener { Prefixes = { uri.ToString() } };
            try
            {
                listener.Start();
                return (listener, uri);
            }
            catch (HttpListenerException) when (attempt < AttemptsMax)
            {
                listener.Close();
            }
        }
    }

    private async Task Serve(Action<string, HttpListenerResponse> answer)
    {
        try
        {
            while (true)
            {
                // A listener that is closed just as it is asked for a request never answers.
                var context = await _listener.GetContextAsync().WaitAsync(_closing.Token);
                answer(context.Request.Url!.Segments[^1], context.Response);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed: by Dispose, or by a client that went away.
        }
    }
}
