using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Health;

/// <summary><c>/health/startup</c>, <c>/health/live</c>, <c>/health/ready</c>: 200 or 503, and JSON that says why.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps a path for each probe.</summary>
    public static void MapNodeHealth(this IEndpointRouteBuilder endpoints, NodeHealth node)
    {
        foreach (var probe in Probe.All)
        {
            endpoints.MapHealthChecks($"/health/{probe}", new HealthCheckOptions
            {
                Predicate = check => check.Tags.Contains(probe),
                ResponseWriter = (context, report) => Write(context, node, report),
            }).WithMetadata(ReadOnly);
        }
    }

    /// <summary>GET and HEAD; any other method is answered with 405.</summary>
    public static HttpMethodMetadata ReadOnly { get; } = new([HttpMethods.Get, HttpMethods.Head]);

    private static Task Write(HttpContext context, NodeHealth node, HealthReport report)
    {
        var answer = new Answer(
            report.Status == HealthStatus.Healthy ? "ok" : "failing", node.Role, node.Node,
            [.. report.Entries.Select(entry => new AnswerCheck(entry.Key, entry.Value.Status == HealthStatus.Healthy, Reason(entry.Value)))]);
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(answer, Json.Indented) + "\n");
    }

    private static string Reason(HealthReportEntry entry) => entry.Description ?? entry.Exception?.Message ?? entry.Status.ToString();

    private sealed record Answer(string Status, string Role, string Node, IReadOnlyList<AnswerCheck> Checks);

    private sealed record AnswerCheck(string Name, bool Ok, string Reason);
}
