using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MiniBatch.LivePage;

/// <summary>
/// Lets through who has the link, and nobody's web page. A page on the internet can have a browser send requests to this machine, and
/// with a name that it makes stand for 127.0.0.1 even read the answers; what it can't do is name this host, send our Origin or know the token.
/// A request for which it needs no answer, an image's say, has no Origin: of those the browser says where they come from (Sec-Fetch-Site; to
/// 127.0.0.1, localhost and over TLS, not to another machine's address without).
/// </summary>
/// <param name="token">What the link has; null where the page only shows, and whoever reaches the port may look.</param>
public sealed class PageAccess(string? token)
{
    /// <summary>The query's part that has the token; in a link, and where a browser can send no header.</summary>
    public const string Query = "token";

    /// <summary>The header that has it.</summary>
    public const string Header = "X-Token";

    /// <summary>A new token: 128 bits.</summary>
    public static string CreateToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Why a request is refused; null where it is not.</summary>
    public string? Refusal(HttpRequest request)
    {
        if (!IsOurs(request.Host)) return "this page is at 127.0.0.1 or localhost; another name could be somebody's who wants to read along";
        // Sent with every POST, and by whoever asks from another page.
        if (request.Headers.Origin is { Count: > 0 } origin && origin != $"{request.Scheme}://{request.Host}" || IsFromAnotherPage(request)) return "another page may not ask here";
        if (token is not null && !IsAsset(request) && !HasToken(request)) return "open the link that was printed when this page was first served: it has a token";
        return null;
    }

    /// <summary>A link that somebody follows may be on any page; what a page fetches by itself must be on ours.</summary>
    private static bool IsFromAnotherPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin" && site != "none" && request.Headers["Sec-Fetch-Mode"] != "navigate";

    /// <summary>Style and scripts hold nothing of a run, and the browser fetches them without a header of ours.</summary>
    private static bool IsAsset(HttpRequest request) => HttpMethods.IsGet(request.Method) && PageAssets.IsPublic(request.Path);

    /// <summary>An address, or this machine's own name for itself: no other name, whatever it stands for.</summary>
    private static bool IsOurs(HostString host) => host.Host == "localhost" || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);

    private bool HasToken(HttpRequest request)
    {
        // A press of a button must come from our own script, which alone can add a header.
        var given = HttpMethods.IsGet(request.Method) && request.Query[Query] is { Count: 1 } query ? query : request.Headers[Header];
        return given is { Count: 1 } && IsToken(given);
    }

    private bool IsToken(StringValues given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given.ToString()), Encoding.UTF8.GetBytes(token!));
}
