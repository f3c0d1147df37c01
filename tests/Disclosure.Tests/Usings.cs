global using Integritet.Servers;
global using Xunit;
