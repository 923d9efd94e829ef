/* Does KVM really run guest code? A BIOS image that goes where an operating system goes, says a letter at each station on the
 * serial port, and leaves through isa-debug-exit: 0x10 there is exit status 33.
 *
 *   R real mode   P protected mode   L long mode with paging   X an exception through the IDT   M a page mapped anew
 *   S ten million stores in ring 0, which a KVM that interprets does not finish in time   T an interrupt of the local APIC's timer
 *
 * assemble.sh makes rom.ts of it. The image lies at F000:0000; memory used: 0x7000 stack, 0x8000 IDT, 0x10000 page tables.
 */
        .set    ROM, 0xf0000
        .set    SERIAL, 0x3f8
        .set    LEAVE, 0x501
        .set    STORES, 10000000
        .set    IDT, 0x8000
        .set    PML4, 0x10000           /* then its PDPT, the directory of 0-1 GiB, of 3-4 GiB, and one to be mapped later */
        .set    VECTOR_UD, 6
        .set    VECTOR_TIMER, 0x30
        .set    APIC, 0xfee00000

        .macro  say letter
        mov     $\letter, %al
        mov     $SERIAL, %dx
        out     %al, %dx
        .endm

        .code16
start:  cli
        cld
        xor     %ax, %ax
        mov     %ax, %ss
        mov     $0x7000, %sp
        say     'R'
        mov     $0xf000, %ax
        mov     %ax, %ds
        lgdtl   gdtr
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $0x08, $(ROM + protected)

        .code32
protected:
        mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $0x7000, %esp
        say     'P'
        mov     $PML4, %edi             /* five empty tables */
        xor     %eax, %eax
        mov     $(0x5000 / 4), %ecx
        rep stosl
        movl    $(PML4 + 0x1007), PML4
        movl    $(PML4 + 0x2007), PML4 + 0x1000
        movl    $(PML4 + 0x3007), PML4 + 0x1018
        mov     $(PML4 + 0x2000), %edi  /* 0-1 GiB in pages of 2 MiB */
        mov     $0x87, %eax
        call    directory
        mov     $(PML4 + 0x3000), %edi  /* 3-4 GiB, not cached: the APIC is there */
        mov     $0xc0000097, %eax
        call    directory
        mov     %cr4, %eax
        or      $0x620, %eax            /* PAE, OSFXSR, OSXMMEXCPT */
        mov     %eax, %cr4
        mov     $PML4, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx       /* EFER: LME, SCE */
        rdmsr
        or      $0x101, %eax
        wrmsr
        mov     %cr0, %eax
        or      $0x80010001, %eax       /* PG, WP, PE */
        mov     %eax, %cr0
        ljmp    $0x18, $(ROM + long)
directory:
        mov     $512, %ecx
1:      mov     %eax, (%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    1b
        ret

        .code64
long:   mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0x7000, %rsp
        say     'L'
        mov     $IDT, %edi
        xor     %eax, %eax
        mov     $(0x1000 / 4), %ecx
        rep stosl
        mov     $(IDT + VECTOR_UD * 16), %edi
        mov     $(ROM + on_exception), %eax
        call    gate
        mov     $(IDT + VECTOR_TIMER * 16), %edi
        mov     $(ROM + on_timer), %eax
        call    gate
        lidt    ROM + idtr
        ud2
excepted:
        say     'X'
        movq    $0x200087, PML4 + 0x4000        /* 1 GiB and 2 MiB become the same memory */
        movq    $(PML4 + 0x4007), PML4 + 0x1008
        mov     $0x40000000, %rdi
        invlpg  (%rdi)
        movl    $0x12345678, (%rdi)
        cmpl    $0x12345678, 0x200000
        jne     stop
        say     'M'
        mov     $STORES, %ecx
1:      mov     %ecx, 0x300000
        dec     %ecx
        jnz     1b
        say     'S'
        mov     $0xff, %al              /* the old interrupt controllers are silent */
        out     %al, $0x21
        out     %al, $0xa1
        mov     $APIC, %ebx
        movl    $0x1ff, 0xf0(%rbx)      /* on */
        movl    $0xb, 0x3e0(%rbx)       /* undivided */
        movl    $VECTOR_TIMER, 0x320(%rbx)
        movl    $1000000, 0x380(%rbx)
        sti
stop:   hlt
        jmp     stop

on_exception:
        movq    $(ROM + excepted), (%rsp)
        iretq
on_timer:
        say     'T'
        mov     $0x10, %al
        mov     $LEAVE, %dx
        out     %al, %dx
        jmp     stop
gate:   mov     %ax, (%rdi)             /* an interrupt gate at %rdi to %eax */
        movw    $0x18, 2(%rdi)
        movw    $0x8e00, 4(%rdi)
        shr     $16, %eax
        mov     %ax, 6(%rdi)
        ret

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* 08: code, 32 bits */
        .quad   0x00cf93000000ffff      /* 10: data */
        .quad   0x00af9b000000ffff      /* 18: code, 64 bits */
gdtr:   .word   . - gdt - 1
        .long   ROM + gdt
idtr:   .word   0xfff
        .quad   IDT
