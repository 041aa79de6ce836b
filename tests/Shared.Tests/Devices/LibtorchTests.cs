using MiniBatch.Shared.Devices;

namespace MiniBatch.Shared.Tests.Devices;

public class LibtorchTests
{
    [Theory]
    [InlineData("GLIBCXX_3.4.30", "libstdc++")]
    [InlineData("CXXABI_1.3.13", "libstdc++")]
    [InlineData("GLIBC_2.34", "C library")]
    public void System_that_is_too_old_is_one_line_with_what_is_new_enough(string version, string library)
    {
        var said = "Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose loading problems, consider:\n"
            + "/app/LibTorchSharp.so: cannot open shared object file: No such file or directory\n"
            + $"/lib/x86_64-linux-gnu/lib.so.6: version `{version}' not found (required by /app/libLibTorchSharp.so)\n"
            + "/app/libLibTorchSharp: cannot open shared object file: No such file or directory\n";

        Assert.Equal(
            $"libtorch does not load: it needs {version}, and this system's {library} is older;"
            + " use Debian 12, Ubuntu 24.04 or a newer system, or a container of one (docker/)",
            Libtorch.Problem(said));
    }

    [Theory]
    [InlineData("libtorch_cpu.so: cannot open shared object file: No such file or directory")]
    [InlineData("/app/libLibTorchSharp.so: file too short")]
    [InlineData("/app/libtorch_cpu.so: invalid ELF header")]
    public void Library_that_is_missing_or_damaged_is_named_among_all_that_were_tried(string reason)
    {
        var said = "Unable to load shared library 'LibTorchSharp' or one of its dependencies.\n"
            + $"/app/LibTorchSharp.so: cannot open shared object file: No such file or directory\n{reason}\n";

        Assert.Equal($"libtorch does not load: {reason}; build anew with ./cluster setup", Libtorch.Problem(said));
    }

    [Fact]
    public void It_loads_here_and_loading_it_again_does_nothing()
    {
        Libtorch.Load();
        Libtorch.Load();
    }
}
