using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Processes.Harness;

/// <summary>What PyTorch makes of an exported model.</summary>
/// <param name="Names">Of its <c>state_dict</c>, sorted.</param>
/// <param name="Correct">Test samples taken for what they are.</param>
/// <param name="Loss">Mean cross entropy.</param>
internal sealed record PyTorch(IReadOnlyList<string> Names, int Correct, double Loss)
{
    /// <summary>Why a test is skipped.</summary>
    public const string Missing = "no python3 here has PyTorch (Debian: apt-get install -y --no-install-recommends python3-torch)";

    private static readonly Lazy<string?> Python = new(() =>
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Run(python, "-c", "import torch").ExitCode == 0));

    public static bool IsHere => Python.Value is not null;

    /// <summary>Loads weights into PyTorch's own model, strictly, evaluates it on the first test samples, and has it save its <c>state_dict</c>.</summary>
    /// <param name="model">A safetensors file, or one that <c>torch.load</c> is to read.</param>
    /// <param name="saved">Where to.</param>
    /// <param name="kind">softmax, mlp or cnn.</param>
    /// <param name="dataset">On what.</param>
    /// <param name="directory">Its files.</param>
    /// <param name="samples">How many.</param>
    public static PyTorch Evaluate(string model, string saved, string kind, DatasetDescription dataset, string directory, int samples)
    {
        var (exitCode, output, error) = Run(
            Python.Value!, Path.Combine(AppContext.BaseDirectory, "Harness", "load_state_dict.py"), "--model", model, "--save", saved, "--kind", kind,
            "--images", DatasetFiles.PathIn(directory, dataset.TestImages)!, "--labels", DatasetFiles.PathIn(directory, dataset.TestLabels)!,
            "--samples", $"{samples}");
        Assert.True(exitCode == 0, error);
        return JsonSerializer.Deserialize<PyTorch>(output, JsonSerializerOptions.Web)!;
    }

    private static (int ExitCode, string Output, string Error) Run(string python, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (Win32Exception e)
        {
            return (127, "", e.Message);
        }
    }
}
