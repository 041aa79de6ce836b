using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>The network policies let through what the program needs, and nothing else.</summary>
public class NetworkTests
{
    public static TheoryData<string> Overlays => OptionTests.Overlays;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_connection_of_the_program_is_let_through_at_both_ends(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        var coordinator = rendered.Container("coordinator");
        var worker = rendered.Container("worker");
        AssertOpen(rendered, worker, coordinator, coordinator["MINIBATCH_PORT"]);
        AssertOpen(rendered, worker, coordinator, coordinator["MINIBATCH_DATA_PORT"]);
        AssertOpen(rendered, coordinator, worker, worker["MINIBATCH_PORT"]);
        AssertOpen(rendered, worker, worker, worker["MINIBATCH_PORT"]);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Metrics_can_be_scraped_from_the_monitoring_namespace(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        Assert.All(rendered.Containers, container =>
        {
            Assert.Contains(Rules(rendered, container, "ingress"), rule =>
                Ports(rule).Contains(container["MINIBATCH_HTTP_PORT"])
                && rule.List("from").Any(peer => peer.Object("namespaceSelector.matchLabels")?["kubernetes.io/metadata.name"]?.ToString() == "monitoring"));
            var annotations = container.Workload.PodTemplate!.Object("metadata.annotations")!;
            Assert.Equal(container["MINIBATCH_HTTP_PORT"], annotations["prometheus.io/port"]!.ToString());
            Assert.Equal("true", annotations["prometheus.io/scrape"]!.ToString());
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Names_can_be_looked_up(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        Assert.All(rendered.Containers, container => Assert.Contains(Rules(rendered, container, "egress"), rule => rule.List("ports").Count(port => port.Text("port") == "53") == 2));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Everything_else_is_denied(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        Assert.Contains(rendered.OfKind("NetworkPolicy"), policy =>
            policy.Json.Object("spec.podSelector.matchLabels") is { } own && rendered.Workloads.All(workload => own.Matches(workload.PodLabels!))
            && policy.Json.Object("spec")!.ContainsKey("ingress") is false
            && policy.Json.Object("spec")!.ContainsKey("egress") is false && policy.Json.Texts("spec.policyTypes").Order().SequenceEqual(["Egress", "Ingress"]));
        foreach (var rule in rendered.OfKind("NetworkPolicy").SelectMany(policy => policy.Json.List("spec.ingress").Concat(policy.Json.List("spec.egress"))))
        {
            var peers = rule.List("from").Concat(rule.List("to")).ToList();
            Assert.NotEmpty(peers);
            Assert.NotEmpty(rule.List("ports"));
            Assert.All(peers, peer => Assert.False(peer.ContainsKey("ipBlock")));
            Assert.All(peers, peer => Assert.True((peer.Object("podSelector") ?? peer.Object("namespaceSelector"))!.Object("matchLabels") is { Count: > 0 }));
        }
    }

    private static void AssertOpen(Rendered rendered, RunContainer from, RunContainer to, string port)
    {
        Assert.True(
            Rules(rendered, from, "egress").Any(rule => Ports(rule).Contains(port) && Has(rule.List("to"), to)), $"{from.Name} may not go to {to.Name}:{port}");
        Assert.True(
            Rules(rendered, to, "ingress").Any(rule => Ports(rule).Contains(port) && Has(rule.List("from"), from)), $"{to.Name}:{port} does not let {from.Name} in");
    }

    /// <summary>The rules of all policies that a container's pod is under.</summary>
    private static IEnumerable<JsonObject> Rules(Rendered rendered, RunContainer container, string direction) => rendered.OfKind("NetworkPolicy")
        .Where(policy => (policy.Json.Object("spec.podSelector.matchLabels") ?? []).Matches(container.Workload.PodLabels!))
        .SelectMany(policy => policy.Json.List($"spec.{direction}"));

    private static IEnumerable<string> Ports(JsonObject rule) => rule.List("ports").Where(port => port.Text("protocol") == "TCP").Select(port => port.Text("port")!);

    private static bool Has(IEnumerable<JsonObject> peers, RunContainer container) => peers.Any(peer =>
        !peer.ContainsKey("namespaceSelector") && peer.Object("podSelector.matchLabels") is { } labels && labels.Matches(container.Workload.PodLabels!));
}
