using System.Collections;
using System.IO.Compression;
using System.Text;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels.Tests;

/// <summary>PyTorch's state dicts: what is written is read, and what is none is one line and never run.</summary>
public sealed class StateDictFileTests : IDisposable
{
    /// <summary>A dictionary of nothing, and what stands before its end.</summary>
    private const string Empty = "\u0080\u0002}";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");

    private string Model => Path.Combine(_folder.FullName, "model.pt");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void What_is_written_is_read_bit_for_bit(string workload)
    {
        var tensors = Write(workload);

        Assert.Equal(Values(tensors), Values(StateDictFile.Read(Model)));
        var trained = StateDictFile.ReadModel(Model, workload);
        using var model = StateDict.Load(trained);
        Assert.Equal(Values(tensors), Values(StateDict.Save(model)));
        Assert.Equal(new ModelOrigin(workload), trained.Origin);
    }

    [Fact]
    public void Same_model_is_written_as_the_same_tensors_in_the_models_order()
    {
        Write("mnist-mlp");
        using var archive = ZipFile.OpenRead(Model);
        using var pickle = new StreamReader(archive.Entries.Single(entry => entry.Name == "data.pkl").Open(), Encoding.Latin1);
        var text = pickle.ReadToEnd();
        string[] names = ["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked"];
        Assert.Equal(names, names.OrderBy(name => text.IndexOf(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Archive_is_known_by_its_content_and_names_of_DataParallel_are_taken_off()
    {
        var other = Path.Combine(_folder.FullName, "weights");
        Pickle(new Hashtable { ["module.linear.weight"] = ones(10, 784), ["module.linear.bias"] = ones(10) });
        File.Move(Model, other);

        Assert.Equal(["linear.bias", "linear.weight"], StateDictFile.ReadModel(other, "mnist-softmax").Tensors.Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Other_floats_become_float32(ScalarType type)
    {
        Pickle(new Hashtable { ["w"] = tensor(new[] { 1.5f, -2 }).to(type) });

        Assert.Equal([1.5f, -2], StateDictFile.Read(Model).Single().Floats.ToArray());
    }

    [Fact]
    public void Every_file_that_is_cut_off_and_every_flipped_byte_of_a_value_is_refused()
    {
        Write("mnist-softmax");
        var sound = File.ReadAllBytes(Model);
        for (var length = 0; length < sound.Length; length += 997)
        {
            File.WriteAllBytes(Model, sound[..length]);
            Assert.Contains("is not a whole archive such as torch.save writes", Refused());
        }
        for (var at = 200; at < 20_000; at += 1999)   // within the first record
        {
            var damaged = sound.ToArray();
            damaged[at] ^= 0x10;
            File.WriteAllBytes(Model, damaged);
            Assert.Matches("is damaged|is not a whole archive", Refused());
        }
    }

    [Fact]
    public void File_that_is_no_archive_is_refused()
    {
        File.WriteAllText(Model, "\u0080\u0002\u008a\nold PyTorch");
        Assert.Contains("is not a whole archive such as torch.save writes (since PyTorch 1.6)", Refused());
        File.Delete(Model);
        Assert.Contains("cannot be read", Refused());
    }

    [Theory]
    [InlineData("\u0080\u0002cos\nsystem\nX\u0004\u0000\u0000\u0000true\u0085R.", "its pickle calls os.system, which no state dict needs")]
    [InlineData("\u0080\u0002c__main__\nCnn\n)R.", "its pickle calls __main__.Cnn, which")]
    [InlineData("\u0080\u0002ctorch._utils\n_rebuild_parameter\n)R.", "its pickle calls torch._utils._rebuild_parameter, which")]
    [InlineData("\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093.", "its pickle has the opcode 8c, which")]
    [InlineData("\u0080\u0002(S'true'\nios\nsystem\n.", "its pickle has the opcode 53, which")]
    [InlineData("\u0080\u0002X\u00ff\u00ff\u00ff\u00ffw.", "its pickle ends within")]
    [InlineData("\u0080\u0002cos", "its pickle ends within")]
    [InlineData("", "its pickle ends within")]
    [InlineData(Empty, "its pickle ends within")]
    [InlineData(Empty + "..", "its pickle goes on after its end")]
    public void Pickle_that_is_no_state_dicts_is_refused_unread(string pickle, string says)
    {
        Archive(("archive/data.pkl", pickle));
        Assert.Contains($"is no state dict: {says}", Refused());
    }

    [Theory]
    [InlineData("\u0080\u0002(tR.")]                                  // a call of nothing
    [InlineData("\u0080\u0002" + "K\u0001.")]                           // a number
    [InlineData("\u0080\u0002" + "X\u0007\u0000\u0000\u0000storageQ.")]             // a record that is not described
    [InlineData("\u0080\u0002R.")]                                    // an empty stack
    [InlineData("\u0080\u0002}(K\u0001K\u0002u.")]                        // a name that is a number
    public void Pickle_that_makes_no_dictionary_of_tensors_is_refused(string pickle)
    {
        Archive(("archive/data.pkl", pickle));
        Assert.Contains("is no state dict", Refused());
    }

    [Fact]
    public void Checkpoint_with_other_things_in_it_is_refused_by_the_first()
    {
        Pickle(new Hashtable { ["epoch"] = 3, ["w"] = ones(2) });
        Assert.Contains("its epoch is no tensor. Save model.state_dict() alone", Refused());
        Pickle(new Hashtable { ["w"] = ones(2).to(ScalarType.Int32) });
        Assert.Contains("has w of type Int32", Refused());
    }

    [Fact]
    public void Record_that_is_missing_or_too_short_is_refused()
    {
        Write("mnist-softmax");
        using (var archive = ZipFile.Open(Model, ZipArchiveMode.Update))
        {
            var record = archive.Entries.Single(entry => entry.Name == "0");
            var name = record.FullName;
            record.Delete();
            using var content = archive.CreateEntry(name).Open();
            content.Write(new byte[100]);
        }
        Assert.Contains("is no state dict that is read here", Refused());
        using (var archive = ZipFile.Open(Model, ZipArchiveMode.Update)) archive.Entries.Single(entry => entry.Name == "0").Delete();
        Assert.Contains("is no state dict that is read here", Refused());
    }

    [Fact]
    public void Archive_of_something_else_is_refused()
    {
        Archive(("word/document.xml", "<w/>"));
        Assert.Contains("it has no data.pkl, or several", Refused());
        Archive(("a/data.pkl", Empty + "."), ("b/data.pkl", Empty + "."));
        Assert.Contains("it has no data.pkl, or several", Refused());
    }

    [Fact]
    public void Tensors_of_another_model_and_values_that_are_not_finite_are_refused_by_name()
    {
        Pickle(new Hashtable { ["linear.weight"] = ones(10, 784) });
        Assert.Contains("has no tensor linear.bias", Assert.Throws<WeightsException>(() => StateDict.Load(StateDictFile.ReadModel(Model, "mnist-softmax"))).Message);
        Pickle(new Hashtable { ["linear.weight"] = ones(784, 10), ["linear.bias"] = ones(10) });
        Assert.Contains("has linear.weight as F32[784, 10], and the model", Assert.Throws<WeightsException>(() => StateDict.Load(StateDictFile.ReadModel(Model, "mnist-softmax"))).Message);
        Pickle(new Hashtable { ["linear.weight"] = ones(10, 784), ["linear.bias"] = ones(10) / 0 });
        Assert.Contains("a value in linear.bias that is no finite number", Assert.Throws<WeightsException>(() => StateDictFile.ReadModel(Model, "mnist-softmax")).Message);
        Assert.Contains("does not say which workload", Assert.Throws<UserErrorException>(() => StateDictFile.ReadModel(Model, workload: null)).Message);
    }

    private static IEnumerable<string> Values(IEnumerable<NamedTensor> tensors) => tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
        .Select(tensor => $"{tensor.Name} {tensor.Type}[{string.Join(", ", tensor.Shape)}] {Convert.ToHexString(tensor.Bytes.Span)}");

    private IReadOnlyList<NamedTensor> Write(string workload)
    {
        manual_seed(5);
        using var model = WorkloadCatalog.Get(workload).CreateModel();
        StateDictFile.Write(Model, model);
        return StateDict.Save(model);
    }

    private void Pickle(Hashtable state)
    {
        File.Delete(Model);
        PyTorchPickler.PickleStateDict(Model, state);
    }

    private void Archive(params (string Name, string Content)[] entries)
    {
        File.Delete(Model);
        using var archive = ZipFile.Open(Model, ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var stream = archive.CreateEntry(name).Open();
            stream.Write(Encoding.Latin1.GetBytes(content));
        }
    }

    private string Refused()
    {
        var message = Assert.Throws<WeightsException>(() => StateDictFile.Read(Model)).Message;
        Assert.StartsWith(Model, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
