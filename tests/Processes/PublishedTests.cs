using System.Diagnostics;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>What images are made of, <c>dotnet publish</c>'s output, confined as in a container of ours.</summary>
[Collection(OneAtATime.Name)]
public sealed class PublishedTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [SkippableFact]
    public void Published_programs_train_as_another_user_on_a_read_only_root_with_an_empty_environment()
    {
        var confined = Confinement.Of(_cluster.Home, _cluster.Secret);
        Skip.If(confined is null, "only root may take another user, and mount");
        var coordinator = Publish("Coordinator");
        var worker = Publish("Worker");
        var datasets = Directory.CreateDirectory(Path.Combine(_cluster.Home, "data"));
        foreach (var file in Directory.GetFiles(data.Mnist)) File.Copy(file, Path.Combine(datasets.FullName, Path.GetFileName(file)));
        Run("chown", "-R", $"{Confinement.User}:{Confinement.User}", _cluster.Home);
        Run("chmod", "-R", "a-w,a+rX", coordinator, worker, datasets.FullName);

        // Nothing below is worth anything if this is not so.
        Assert.NotEqual(0, ExitCode(confined!, "touch", "/etc/minibatch"));
        Assert.NotEqual(0, ExitCode(confined!, "touch", Path.Combine(worker, "anything")));
        Assert.Equal(0, ExitCode(confined!, "touch", Path.Combine(_cluster.Home, "anything")));

        _cluster.StartBy = confined!;
        var job = Job.Softmax();
        _cluster.Start("coordinator", Path.Combine(coordinator, "MiniBatch.Coordinator.dll"), [.. job.Arguments, "--run-dir", _cluster.Directory.Root, "--port", "0"]);
        _cluster.WaitForAddress();
        _cluster.Start(
            "worker-1", Path.Combine(worker, "MiniBatch.Worker.dll"),
            ["--join-file", _cluster.Directory.CoordinatorAddress, "--name", "worker-1", "--data", datasets.FullName]);

        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, _cluster.WaitForSuccess().Hashes);
    }

    /// <summary>What <c>dotnet publish</c> makes of a project that is built.</summary>
    private string Publish(string project)
    {
        var folder = Path.Combine(_cluster.Home, project);
        var built = new FileInfo(BuiltPrograms.Launcher).Directory!;   // src/Launcher/bin/Release/net10.0
        var sources = built.Parent!.Parent!.Parent!.Parent!.FullName;
        Run("dotnet", "publish", Path.Combine(sources, project), "--no-build", "-c", built.Parent.Name, "-o", folder, "-p:UseAppHost=false", "--nologo");
        return folder;
    }

    private void Run(string program, params string[] arguments) => Assert.Equal(0, ExitCode([], [program, .. arguments]));

    private int ExitCode(IReadOnlyList<string> startBy, params string[] command)
    {
        string[] words = [.. startBy, .. command];
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        output.WriteLine(process.StandardOutput.ReadToEnd() + error.Result);
        process.WaitForExit();
        return process.ExitCode;
    }
}
