using System.Collections;
using System.Collections.Specialized;
using System.IO.Compression;
using ICSharpCode.SharpZipLib.Checksum;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Worker.Computation;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using Safetensors = MiniBatch.Shared.Weights.Safetensors;

namespace MiniBatch.TrainedModels;

/// <summary>
/// PyTorch's own files of weights, <c>torch.save(model.state_dict(), "model.pt")</c>: an archive with a pickle that names the tensors
/// and a record of bytes for each.
/// </summary>
/// <remarks>
/// TorchSharp.PyBridge reads and writes them. Before it does, all that it leaves out is checked: the records' CRC-32, and that the
/// pickle calls nothing but what makes tensors (<see cref="StateDictPickle"/>).
/// </remarks>
public static class StateDictFile
{
    private const string PickleName = "data.pkl";

    /// <summary>Reads a model of any kind of file: a state dict, or what <see cref="ModelFile"/> reads.</summary>
    /// <param name="path">As for <see cref="ModelFile.Read"/>.</param>
    /// <param name="workload"><c>--workload</c>, or null.</param>
    /// <exception cref="WeightsException">Missing, damaged, no file that is read, or not finite.</exception>
    /// <exception cref="UserErrorException">Nobody says whose model it is, or the user says otherwise than the file.</exception>
    public static TrainedModel ReadModel(string path, string? workload)
    {
        var isStateDict = false;
        var trained = ModelFile.Read(path, workload, file =>
        {
            isStateDict = IsMeantToBe(file);
            return isStateDict ? new SafetensorsContent(Read(file), new Dictionary<string, string>()) : Safetensors.Read(file);
        });
        // libtorch is loaded by now, and with it its widest kernels.
        return isStateDict ? trained with { Origin = trained.Origin with { CpuCapability = null } } : trained;
    }

    /// <summary>Reads and checks a whole file. Loads libtorch. Every floating-point type becomes float32.</summary>
    /// <exception cref="WeightsException">It is missing, damaged or truncated, or is something else than a state dict: a whole model, a
    /// checkpoint with other things in it, tensors that are views of others, other types than floats and int64.</exception>
    public static IReadOnlyList<NamedTensor> Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Check(file, path);
            file.Position = 0;
            // What the kernels of an evaluation are to be is fixed when libtorch is loaded.
            KernelPins.Apply(Processor.CapabilityHere);
            using var scope = NewDisposeScope();
            return Named(PyTorchUnpickler.UnpickleStateDict(file, leaveOpen: true), path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not EndOfStreamException))
        {
            throw new WeightsException($"{path} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or WeightsException or UserErrorException))
        {
            // Its bytes are sound, and PyBridge throws whatever it trips over: libtorch's errors, casts, ends of streams.
            throw new WeightsException($"{path} is no state dict that is read here; where a tensor is a view of another, save its clone() ({FirstLine(e)})", e);
        }
    }

    /// <summary>Writes one, atomically, in the model's own order.</summary>
    /// <exception cref="WeightsException">It cannot be written.</exception>
    public static void Write(string path, nn.Module model)
    {
        using var scope = NewDisposeScope();
        var state = new OrderedDictionary();
        // Without requires_grad, as PyTorch's state_dict gives them.
        foreach (var (name, tensor) in model.state_dict()) state.Add(name, tensor.detach());
        using var stream = new MemoryStream();
        PyTorchPickler.PickleStateDict(stream, state, leaveOpen: true);
        try
        {
            AtomicFile.Write(path, stream.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>By its name or its first bytes.</summary>
    private static bool IsMeantToBe(string path)
    {
        if (Path.GetExtension(path) is ".pt" or ".pth") return true;
        if (!File.Exists(path)) return false;
        Span<byte> start = stackalloc byte[2];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK"u8);
    }

    private static void Check(FileStream file, string path)
    {
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Where(entry => entry.Name == PickleName).ToList() is not [var pickle])
                throw new WeightsException($"{path} is no state dict: it has no {PickleName}, or several. Save model.state_dict() with torch.save.");
            foreach (var entry in archive.Entries) RequireSound(entry, path);
            if (pickle.Length > StateDictPickle.BytesMax)
                throw new WeightsException($"{path} is no state dict: its {PickleName} has {pickle.Length} bytes, at most {StateDictPickle.BytesMax} are read.");
            var bytes = new byte[pickle.Length];
            using (var content = pickle.Open()) content.ReadExactly(bytes);
            if (StateDictPickle.Problem(bytes) is { } problem)
                throw new WeightsException($"{path} is no state dict: {problem}. Save model.state_dict() with torch.save.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new WeightsException($"{path} is not a whole archive such as torch.save writes (since PyTorch 1.6): {FirstLine(e)}", e);
        }
    }

    private static void RequireSound(ZipArchiveEntry entry, string path)
    {
        var sum = new Crc32();
        var buffer = new byte[1 << 16];
        using var content = entry.Open();
        for (int read; (read = content.Read(buffer)) > 0;) sum.Update(new ArraySegment<byte>(buffer, 0, read));
        if (sum.Value != entry.Crc32) throw new WeightsException($"{path} is damaged: {entry.FullName} does not have the CRC-32 that the archive states.");
    }

    private static List<NamedTensor> Named(Hashtable state, string path)
    {
        var tensors = new List<NamedTensor>();
        foreach (var name in state.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            if (state[name] is not Tensor tensor)
                throw new WeightsException($"{path} is no state dict: its {name} is no tensor. Save model.state_dict() alone with torch.save.");
            if (tensor.dtype != ScalarType.Int64 && !tensor.is_floating_point())
                throw new WeightsException($"{path} has {name} of type {tensor.dtype}; only floating-point types and int64 are read.");
            var type = tensor.dtype == ScalarType.Int64 ? TensorType.I64 : TensorType.F32;
            var plain = type == TensorType.I64 ? tensor : tensor.to(float32);
            tensors.Add(NamedTensor.OfBytes(name, tensor.shape, type, plain.bytes.ToArray()));
        }
        return tensors;
    }

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', '\r');
}
