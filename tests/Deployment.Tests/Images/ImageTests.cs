using MiniBatch.Deployment.Tests.Manifests;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>The manifests run the images that the Dockerfiles make.</summary>
public class ImageTests
{
    public static TheoryData<string> Kustomizations => OverlayTests.Kustomizations;

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_container_runs_an_image_that_is_built_here_as_its_user_with_its_ports(string kustomization)
    {
        var images = Dockerfile.All.Select(path => Dockerfile.At(path).Final).ToDictionary(stage => stage.Labels["org.opencontainers.image.title"]);
        foreach (var workload in Rendered.Of(kustomization).Workloads)
        {
            var user = workload.PodSpec!.Object("securityContext")!;
            foreach (var container in workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers")))
            {
                var image = images[ProgramOf.NameOf(container.Text("image")!)];
                Assert.EndsWith(kustomization == "k8s/overlays/local" ? ":dev" : $":{image.Labels["org.opencontainers.image.version"]}", container.Text("image"));
                Assert.Equal(image.One("USER").Text, $"{user["runAsUser"]}:{user["runAsGroup"]}");
                Assert.Equal(user["runAsUser"]!.ToString(), user["fsGroup"]!.ToString());
                Assert.Equal(
                    image.All("EXPOSE").SelectMany(expose => expose.Words).Order(), container.List("ports").Select(port => port.Text("containerPort")!).Order());
            }
        }
    }

    /// <summary>No second helper image: this one has a shell, and the tar that kubectl cp wants.</summary>
    [SkippableFact]
    public void The_shell_beside_the_volume_is_the_BusyBox_of_the_datasets_image()
    {
        var container = Assert.Single(Assert.Single(Rendered.Of("k8s/volume").Workloads).PodSpec!.List("containers"));
        Assert.Equal("minibatch-data", ProgramOf.NameOf(container.Text("image")!));
        Assert.StartsWith("busybox:", Dockerfile.At("docker/Data.Dockerfile").Final.Base);
    }
}
