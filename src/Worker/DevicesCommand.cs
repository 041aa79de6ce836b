using System.CommandLine;
using System.Text.Json;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using TorchSharp;

namespace MiniBatch.Worker;

/// <summary>
/// <c>devices</c>: what a worker can compute on here. In a process of its own, which loads libtorch as it comes: nothing is
/// computed, so no run's arithmetic is at stake.
/// </summary>
public static class DevicesCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var json = new Option<bool>(LibtorchProbe.JsonFlag) { Hidden = true };
        var command = new Command(LibtorchProbe.Command, "Lists what a worker can compute on here, as --device takes it.") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(AskLibtorch(), Json.Compact));
            else Console.WriteLine(string.Join(Environment.NewLine, Lines(GpuFindings.Usable(DeviceRequest.Auto, () => CudaDriver.Find(), AskLibtorch))));
        });
        return command;
    }

    /// <summary>A line a device; where there is no GPU, why.</summary>
    public static IEnumerable<string> Lines(GpuFindings found)
    {
        yield return ComputeDevice.Describe(DeviceRequest.Cpu, () => found).ToString();
        for (var gpu = 0; gpu < found.Gpus.Count; gpu++)
            yield return ComputeDevice.Describe(new DeviceRequest(DeviceKind.Cuda, gpu), () => found).ToString();
        if (found.Gpus.Count == 0) yield return $"no GPU: {found.Problem}";
    }

    private static LibtorchFindings AskLibtorch()
    {
        Libtorch.Load();
        return new LibtorchFindings(
            $"{ProgramVersion.TorchSharp} with libtorch {torch.__version__}", torch.cuda.is_available() ? torch.cuda.device_count() : 0);
    }
}
