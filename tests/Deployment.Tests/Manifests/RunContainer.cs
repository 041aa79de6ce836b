using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>A container that runs one of our programs, with the environment that its pod gives it.</summary>
internal sealed partial class RunContainer(Rendered rendered, KubernetesObject workload, JsonObject json)
{
    public KubernetesObject Workload => workload;

    public JsonObject Json => json;

    public string Name => json.Text("name")!;

    /// <summary>"coordinator" or "worker", as its pod's label has it.</summary>
    public string Component => workload.PodLabels!["app.kubernetes.io/component"]!.ToString();

    public ProgramOf Program => ProgramOf.Image(json.Text("image")!)!;

    /// <summary>Its variables; one whose value only a pod knows has an example.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var variables = new Dictionary<string, string>();
            foreach (var from in json.List("envFrom"))
            {
                var map = rendered.Find("ConfigMap", from.Text("configMapRef.name")!)!;
                foreach (var (name, value) in map.Json.Object("data")!) variables[name] = value!.ToString();
            }
            foreach (var variable in json.List("env"))
            {
                variables[variable.Text("name")!] = variable.Text("value") ?? variable.Text("valueFrom.fieldRef.fieldPath") switch
                {
                    "metadata.name" => "minibatch-worker-5d9c7b6f4-x2x7q",
                    "status.podIP" => "10.1.2.3",
                    null => rendered.Find("ConfigMap", variable.Text("valueFrom.configMapKeyRef.name")!)!.Text($"data.{variable.Text("valueFrom.configMapKeyRef.key")}")!,
                    var other => throw new InvalidDataException($"{other}: what would a pod have there?"),
                };
            }
            return variables;
        }
    }

    /// <summary>Its arguments, with $(NAME) replaced as Kubernetes does.</summary>
    public string[] Arguments => [.. json.Texts("args").Select(argument => Reference().Replace(argument, match => Environment[match.Groups["name"].Value]))];

    public string this[string variable] => Environment.TryGetValue(variable, out var value) ? value : throw new InvalidDataException($"{Workload}: {Name} has no {variable}");

    public IEnumerable<int> Ports => json.List("ports").Select(port => int.Parse(port.Text("containerPort")!));

    /// <summary>The number of a port that may be given by its name.</summary>
    public int? Port(string nameOrNumber) => int.TryParse(nameOrNumber, out var number)
        ? number
        : json.List("ports").Where(port => port.Text("name") == nameOrNumber).Select(port => (int?)int.Parse(port.Text("containerPort")!)).SingleOrDefault();

    /// <summary>The volume that a path in the container lies on.</summary>
    public (JsonObject Mount, JsonObject? Volume)? VolumeOf(string path)
    {
        var mount = json.List("volumeMounts").FirstOrDefault(mount => (path + "/").StartsWith(mount.Text("mountPath")! + "/", StringComparison.Ordinal));
        return mount is null ? null : (mount, workload.PodSpec!.List("volumes").FirstOrDefault(volume => volume.Text("name") == mount.Text("name")));
    }

    public override string ToString() => $"{workload}, container {Name}";

    [GeneratedRegex(@"\$\((?<name>[A-Z_]+)\)")]
    private static partial Regex Reference();
}
