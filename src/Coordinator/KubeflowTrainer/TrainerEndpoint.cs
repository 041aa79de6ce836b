using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MiniBatch.Coordinator.KubeflowTrainer;

/// <summary>
/// Where Kubeflow Trainer takes the status of a pod's TrainJob, as it tells the pod in its environment (KEP-2779,
/// https://github.com/kubeflow/trainer/tree/master/docs/proposals/2779-trainjob-progress; feature gate TrainJobStatus, 2.2 and later).
/// </summary>
/// <param name="Url">HTTPS; knows namespace and name of the TrainJob.</param>
/// <param name="AuthorityFile">PEM: the authority that alone may vouch for the endpoint.</param>
/// <param name="TokenFile">The pod's token for this endpoint. Kubernetes writes a new one every hour.</param>
public sealed record TrainerEndpoint(string Url, string AuthorityFile, string TokenFile)
{
    /// <summary>The variable with the URL; without it there is no endpoint.</summary>
    public const string UrlVariable = "KUBEFLOW_TRAINER_SERVER_URL";

    /// <summary>The variable with the path of <see cref="AuthorityFile"/>.</summary>
    public const string AuthorityVariable = "KUBEFLOW_TRAINER_SERVER_CA_CERT";

    /// <summary>The variable with the path of <see cref="TokenFile"/>.</summary>
    public const string TokenVariable = "KUBEFLOW_TRAINER_SERVER_TOKEN";

    /// <summary>The endpoint that an environment names; null where it names none.</summary>
    public static TrainerEndpoint? Given(Func<string, string?> variable) => variable(UrlVariable) is { Length: > 0 } url
        ? new TrainerEndpoint(url, variable(AuthorityVariable) ?? "", variable(TokenVariable) ?? "")
        : null;

    /// <summary>Posts a status, over a connection of its own: authority and token may be others than a moment ago.</summary>
    /// <param name="json">The request's body.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Null where it was taken, else why not, in a line.</returns>
    public async Task<string?> PostAsync(string json, CancellationToken cancellation)
    {
        try
        {
            if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
                return $"{UrlVariable} is {Url}, which is no address that begins with https://";
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(AuthorityFile);
            using var client = new HttpClient(new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = { CertificateChainPolicy = Trusting(authority) },
            });
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(TokenFile, cancellation)).Trim()) },
                Content = new StringContent(json, new MediaTypeHeaderValue("application/json")),
            };
            using var response = await client.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return "it did not answer in time";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or FormatException)
        {
            return e.InnerException is { } cause ? $"{e.Message} {cause.Message}" : e.Message;
        }
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authority);
        return policy;
    }
}
