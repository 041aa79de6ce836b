using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MiniBatch.Coordinator.Tests.KubeflowTrainer;

/// <summary>What Kubeflow Trainer's status endpoint got.</summary>
/// <param name="Method">GET, POST.</param>
/// <param name="Path">With the TrainJob's namespace and name.</param>
/// <param name="Authorization">The header.</param>
/// <param name="Body">The JSON.</param>
internal sealed record StatusRequest(string Method, string Path, string Authorization, JsonNode Body);

/// <summary>Kubeflow Trainer's status endpoint: HTTPS with a certificate of an authority of its own, and the files that a pod is given.</summary>
internal sealed class StatusServer : IDisposable
{
    private const string Path = "/apis/trainer.kubeflow.org/v1alpha1/namespaces/minibatch/trainjobs/minibatch/status";

    private readonly DirectoryInfo _mount = Directory.CreateTempSubdirectory("minibatch-trainer-");
    private readonly ConcurrentQueue<StatusRequest> _requests = [];
    private readonly IHost _host;

    public StatusServer()
    {
        using var authority = Authority("CN=trainer");
        using var certificate = Certificate(authority);
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());
        File.WriteAllText(TokenFile, "token-1\n");
        _host = new HostBuilder().ConfigureWebHost(web => web
            .UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(
                X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null))))
            .Configure(app => app.Run(AnswerAsync))).Build();
        _host.Start();
        var address = new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Url = $"https://localhost:{address.Port}{Path}";
    }

    public string Url { get; }

    public string AuthorityFile => System.IO.Path.Combine(_mount.FullName, "ca.crt");

    public string TokenFile => System.IO.Path.Combine(_mount.FullName, "token");

    /// <summary>What it answers; that of a server that hangs never ends by itself.</summary>
    public Func<CancellationToken, Task<int>> Answers { get; set; } = _ => Task.FromResult(StatusCodes.Status200OK);

    public IReadOnlyList<StatusRequest> Requests => [.. _requests];

    /// <summary>The environment that Trainer gives a pod.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["KUBEFLOW_TRAINER_SERVER_URL"] = Url,
        ["KUBEFLOW_TRAINER_SERVER_CA_CERT"] = AuthorityFile,
        ["KUBEFLOW_TRAINER_SERVER_TOKEN"] = TokenFile,
    };

    /// <summary>An authority that nobody was signed by.</summary>
    public void TrustAnother()
    {
        using var other = Authority("CN=other");
        File.WriteAllText(AuthorityFile, other.ExportCertificatePem());
    }

    public void Dispose()
    {
        _host.Dispose();
        _mount.Delete(recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        _requests.Enqueue(new StatusRequest(context.Request.Method, context.Request.Path, context.Request.Headers.Authorization.ToString(), JsonNode.Parse(body)!));
        context.Response.StatusCode = await Answers(context.RequestAborted);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Certificate(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        return signed.CopyWithPrivateKey(key);
    }
}
