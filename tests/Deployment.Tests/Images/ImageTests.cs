using MiniBatch.Deployment.Tests.Manifests;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>The manifests run the images that the Dockerfiles make.</summary>
public class ImageTests
{
    public static TheoryData<string> Overlays => OptionTests.Overlays;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_container_runs_an_image_that_is_built_here_as_its_user_with_its_ports(string overlay)
    {
        var images = Dockerfile.All.Select(path => Dockerfile.At(path).Final).ToDictionary(stage => stage.Labels["org.opencontainers.image.title"]);
        foreach (var workload in Rendered.Of(overlay).Workloads)
        {
            var user = workload.PodSpec!.Object("securityContext")!;
            foreach (var container in workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers")))
            {
                var image = images[ProgramOf.NameOf(container.Text("image")!)];
                Assert.Equal(image.One("USER").Text, $"{user["runAsUser"]}:{user["runAsGroup"]}");
                Assert.Equal(user["runAsUser"]!.ToString(), user["fsGroup"]!.ToString());
                Assert.Equal(
                    image.All("EXPOSE").SelectMany(expose => expose.Words).Order(), container.List("ports").Select(port => port.Text("containerPort")!).Order());
            }
        }
    }
}
