import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Signs content of many sizes in every way that a test asks for. */
public final class Sign {
  private static final int[] SIZES = {0, 1, 20, 999, 1000, 1001, 1024, 1999, 2000, 2001, 5000, 20000};

  /** Arguments: the directory with the keys and certificates; messages go there too. */
  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Path dir = Path.of(args[0]);
    X509Certificate ca = certificate(dir.resolve("ca.cer"));
    String[][] kinds = {
      {"rsa", "RSA", "SHA256withRSA"},
      {"rsa", "RSA", "SHA512withRSA"},
      {"rsa", "RSA", "SHA256withRSAandMGF1"},
      {"rsa", "RSA", "SHA384withRSAandMGF1"},
      {"p256", "EC", "SHA256withECDSA"},
      {"p384", "EC", "SHA384withECDSA"},
    };
    for (String[] kind : kinds) {
      X509Certificate person = certificate(dir.resolve(kind[0] + ".cer"));
      byte[] pkcs8 = Files.readAllBytes(dir.resolve(kind[0] + ".key"));
      PrivateKey key = KeyFactory.getInstance(kind[1]).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      JcaCertStore certificates = new JcaCertStore(List.of(person, ca));
      for (boolean byKeyIdentifier : new boolean[] {false, true}) {
        for (int size : SIZES) {
          byte[] content = content(size);
          CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
          generator.addSignerInfoGenerator(signer(kind[2], key, person, byKeyIdentifier));
          generator.addCertificates(certificates);
          CMSSignedData attached = generator.generate(new CMSProcessableByteArray(content), true);
          CMSSignedData detached = generator.generate(new CMSProcessableByteArray(content), false);
          String tail = kind[2] + (byKeyIdentifier ? "-keyid-" : "-issuer-") + size;
          Files.write(dir.resolve("attached-ber-" + tail + ".cms"), attached.getEncoded());
          Files.write(dir.resolve("attached-der-" + tail + ".cms"), attached.getEncoded(ASN1Encoding.DER));
          Files.write(dir.resolve("detached-ber-" + tail + ".cms"), detached.getEncoded());

          CMSSignedDataStreamGenerator streaming = new CMSSignedDataStreamGenerator();
          streaming.addSignerInfoGenerator(signer(kind[2], key, person, byKeyIdentifier));
          streaming.addCertificates(certificates);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          try (OutputStream in = streaming.open(out, true)) {
            in.write(content);
          }
          Files.write(dir.resolve("attached-stream-" + tail + ".cms"), out.toByteArray());
        }
      }
    }
  }

  private static SignerInfoGenerator signer(
      String algorithm, PrivateKey key, X509Certificate person, boolean byKeyIdentifier) throws Exception {
    ContentSigner signer = new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key);
    JcaSignerInfoGeneratorBuilder builder =
        new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
    if (!byKeyIdentifier) {
      return builder.build(signer, person);
    }
    byte[] extension = person.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    byte[] inner = ASN1OctetString.getInstance(extension).getOctets();
    return builder.build(signer, ASN1OctetString.getInstance(inner).getOctets());
  }

  private static X509Certificate certificate(Path file) throws Exception {
    byte[] der = Files.readAllBytes(file);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    for (int i = 0; i < size; i++) {
      content[i] = (byte) (i % 251);
    }
    return content;
  }
}
