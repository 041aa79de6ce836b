using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace MiniBatch.LivePage;

/// <summary>The page's own files, which the assembly has in it: no build chain, nothing from elsewhere.</summary>
public static class PageAssets
{
    /// <summary>The document.</summary>
    public const string Index = "index.html";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, byte[]> Files = Load().ToFrozenDictionary();

    /// <summary>All bytes of the page.</summary>
    public static int Bytes => Files.Values.Sum(file => file.Length);

    /// <summary>Style and scripts, by name.</summary>
    public static IEnumerable<string> Public => Files.Keys.Where(name => name != Index);

    /// <summary>Whether a path is of style or script.</summary>
    public static bool IsPublic(PathString path) => path.Value is { Length: > 1 } name && name[1..] != Index && Files.ContainsKey(name[1..]);

    /// <summary>Sends a file.</summary>
    public static Task SendAsync(HttpContext context, string name)
    {
        var file = Files[name];
        context.Response.ContentType = Types[Path.GetExtension(name)];
        context.Response.ContentLength = file.Length;
        return context.Response.Body.WriteAsync(file).AsTask();
    }

    private static Dictionary<string, byte[]> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames())
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files[name] = bytes;
        }
        return files;
    }
}
